"use strict";
// Runs as soon as the head of the page is there, for a worker takes a while to be ready.
{
  const source = document.getElementById("live-arbeiter").textContent;
  globalThis.liveWorker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  liveWorker.onerror = () => { liveWorker.isBroken = true; };
}
