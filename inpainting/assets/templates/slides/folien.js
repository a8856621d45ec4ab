Reveal.initialize({
  width: 1280, height: 720, margin: 0, minScale: 0.1, maxScale: 3,
  center: false, hash: true, transition: "none", backgroundTransition: "none",
  slideNumber: "c/t", controlsTutorial: false, pdfSeparateFragments: false, pdfMaxPagesPerSlide: 1,
  plugins: [RevealNotes],
});
