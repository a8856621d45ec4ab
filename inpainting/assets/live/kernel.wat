;; The matrix product of the networks in the page, four numbers at a time.
;;
;; A convolution needs no copies of its windows: in an image with its border of zeros, a window is
;; `runs` runs of `run` numbers, one line apart, and the window of the next pixel starts `in_step`
;; bytes further.  A product of matrices is the same with one run.  Eight results of a pixel (a
;; panel) are computed together, and four pixels, so that every weight that is loaded serves four
;; times: eight sums in vector registers.
;;
;; All addresses and steps are in bytes.  Weights are stored (panels, runs * run, 8), the bias
;; (panels, 8), both padded with zeros.  `floor` is 0 for ReLU, else minus infinity.
;;
;; kernel.wasm is this text, translated; a test compares them.
(module
  (import "js" "memory" (memory 1))

  ;; At least four pixels; the last four overlap those before if their number is no multiple.
  (func (export "convolve")
    (param $out i32) (param $out_step i32) (param $in i32) (param $in_step i32)
    (param $weights i32) (param $bias i32) (param $pixels i32) (param $panels i32)
    (param $runs i32) (param $run i32) (param $line i32) (param $floor f32)
    (local $pixel i32) (local $left i32) (local $start i32) (local $to i32)
    (local $weight i32) (local $x i32) (local $step2 i32) (local $step3 i32) (local $n i32)
    (local $low v128) (local $y0 v128) (local $y1 v128) (local $value v128)
    (local $a0 v128) (local $a1 v128) (local $b0 v128) (local $b1 v128)
    (local $c0 v128) (local $c1 v128) (local $d0 v128) (local $d1 v128)
    (local.set $low (f32x4.splat (local.get $floor)))
    (local.set $step2 (i32.mul (local.get $in_step) (i32.const 2)))
    (local.set $step3 (i32.mul (local.get $in_step) (i32.const 3)))
    (loop $panel
      (local.set $pixel (i32.const 0))
      (loop $four
        (local.set $a0 (v128.load (local.get $bias)))
        (local.set $a1 (v128.load offset=16 (local.get $bias)))
        (local.set $b0 (local.get $a0)) (local.set $b1 (local.get $a1))
        (local.set $c0 (local.get $a0)) (local.set $c1 (local.get $a1))
        (local.set $d0 (local.get $a0)) (local.set $d1 (local.get $a1))
        (local.set $start (i32.add (local.get $in) (i32.mul (local.get $pixel) (local.get $in_step))))
        (local.set $weight (local.get $weights))
        (local.set $left (local.get $runs))
        (loop $each_run
          (local.set $x (local.get $start))
          (local.set $n (local.get $run))
          (loop $each
            (local.set $y0 (v128.load (local.get $weight)))
            (local.set $y1 (v128.load offset=16 (local.get $weight)))
            (local.set $value (v128.load32_splat (local.get $x)))
            (local.set $a0 (f32x4.add (local.get $a0) (f32x4.mul (local.get $value) (local.get $y0))))
            (local.set $a1 (f32x4.add (local.get $a1) (f32x4.mul (local.get $value) (local.get $y1))))
            (local.set $value (v128.load32_splat (i32.add (local.get $x) (local.get $in_step))))
            (local.set $b0 (f32x4.add (local.get $b0) (f32x4.mul (local.get $value) (local.get $y0))))
            (local.set $b1 (f32x4.add (local.get $b1) (f32x4.mul (local.get $value) (local.get $y1))))
            (local.set $value (v128.load32_splat (i32.add (local.get $x) (local.get $step2))))
            (local.set $c0 (f32x4.add (local.get $c0) (f32x4.mul (local.get $value) (local.get $y0))))
            (local.set $c1 (f32x4.add (local.get $c1) (f32x4.mul (local.get $value) (local.get $y1))))
            (local.set $value (v128.load32_splat (i32.add (local.get $x) (local.get $step3))))
            (local.set $d0 (f32x4.add (local.get $d0) (f32x4.mul (local.get $value) (local.get $y0))))
            (local.set $d1 (f32x4.add (local.get $d1) (f32x4.mul (local.get $value) (local.get $y1))))
            (local.set $x (i32.add (local.get $x) (i32.const 4)))
            (local.set $weight (i32.add (local.get $weight) (i32.const 32)))
            (br_if $each (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          (local.set $start (i32.add (local.get $start) (local.get $line)))
          (br_if $each_run (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (local.set $to (i32.add (local.get $out) (i32.mul (local.get $pixel) (local.get $out_step))))
        (v128.store (local.get $to) (f32x4.max (local.get $a0) (local.get $low)))
        (v128.store offset=16 (local.get $to) (f32x4.max (local.get $a1) (local.get $low)))
        (local.set $to (i32.add (local.get $to) (local.get $out_step)))
        (v128.store (local.get $to) (f32x4.max (local.get $b0) (local.get $low)))
        (v128.store offset=16 (local.get $to) (f32x4.max (local.get $b1) (local.get $low)))
        (local.set $to (i32.add (local.get $to) (local.get $out_step)))
        (v128.store (local.get $to) (f32x4.max (local.get $c0) (local.get $low)))
        (v128.store offset=16 (local.get $to) (f32x4.max (local.get $c1) (local.get $low)))
        (local.set $to (i32.add (local.get $to) (local.get $out_step)))
        (v128.store (local.get $to) (f32x4.max (local.get $d0) (local.get $low)))
        (v128.store offset=16 (local.get $to) (f32x4.max (local.get $d1) (local.get $low)))
        (local.set $left (i32.sub (i32.sub (local.get $pixels) (local.get $pixel)) (i32.const 4)))
        (local.set $pixel (i32.add (local.get $pixel)
          (select (i32.const 4) (local.get $left) (i32.gt_s (local.get $left) (i32.const 4)))))
        (br_if $four (local.get $left)))
      (local.set $weights (local.get $weight))
      (local.set $bias (i32.add (local.get $bias) (i32.const 32)))
      (local.set $out (i32.add (local.get $out) (i32.const 32)))
      (br_if $panel (local.tee $panels (i32.sub (local.get $panels) (i32.const 1))))))

  ;; The same, one pixel at a time: for less than four of them.
  (func (export "convolve_few")
    (param $out i32) (param $out_step i32) (param $in i32) (param $in_step i32)
    (param $weights i32) (param $bias i32) (param $pixels i32) (param $panels i32)
    (param $runs i32) (param $run i32) (param $line i32) (param $floor f32)
    (local $pixel i32) (local $left i32) (local $start i32) (local $to i32)
    (local $weight i32) (local $x i32) (local $n i32)
    (local $low v128) (local $value v128) (local $a0 v128) (local $a1 v128)
    (local.set $low (f32x4.splat (local.get $floor)))
    (loop $panel
      (local.set $pixel (i32.const 0))
      (loop $one
        (local.set $a0 (v128.load (local.get $bias)))
        (local.set $a1 (v128.load offset=16 (local.get $bias)))
        (local.set $start (i32.add (local.get $in) (i32.mul (local.get $pixel) (local.get $in_step))))
        (local.set $weight (local.get $weights))
        (local.set $left (local.get $runs))
        (loop $each_run
          (local.set $x (local.get $start))
          (local.set $n (local.get $run))
          (loop $each
            (local.set $value (v128.load32_splat (local.get $x)))
            (local.set $a0 (f32x4.add (local.get $a0)
              (f32x4.mul (local.get $value) (v128.load (local.get $weight)))))
            (local.set $a1 (f32x4.add (local.get $a1)
              (f32x4.mul (local.get $value) (v128.load offset=16 (local.get $weight)))))
            (local.set $x (i32.add (local.get $x) (i32.const 4)))
            (local.set $weight (i32.add (local.get $weight) (i32.const 32)))
            (br_if $each (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          (local.set $start (i32.add (local.get $start) (local.get $line)))
          (br_if $each_run (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (local.set $to (i32.add (local.get $out) (i32.mul (local.get $pixel) (local.get $out_step))))
        (v128.store (local.get $to) (f32x4.max (local.get $a0) (local.get $low)))
        (v128.store offset=16 (local.get $to) (f32x4.max (local.get $a1) (local.get $low)))
        (br_if $one (i32.lt_s
          (local.tee $pixel (i32.add (local.get $pixel) (i32.const 1))) (local.get $pixels))))
      (local.set $weights (local.get $weight))
      (local.set $bias (i32.add (local.get $bias) (i32.const 32)))
      (local.set $out (i32.add (local.get $out) (i32.const 32)))
      (br_if $panel (local.tee $panels (i32.sub (local.get $panels) (i32.const 1)))))))
