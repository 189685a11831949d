/** A module in printed form that has every operation, every kind of symbol and every attribute. */
export const EVERYTHING = String.raw`module "test.everything"

external @image.start

external @"a name" [root, section ".text.boot"]

data @test.text size 12 align 1 = "say \"hi\"\0a\00\ff"

data @test.table writable size 32 align 8 = "\01\02" [
  8: @test.text + 4,
  16: @test.arithmetic - 1
]

data @test.zero [section ".stack"] writable size 65536 align 16

data @test.long size 100 align 4 =
  "01234567890123456789012345678901234567890123456789012345678901234567890123456789"
  "abcdefghijklmnopqrst"

asm @test.start [root, section ".text.boot"] =
  "start:\0a"
  "  mov x0, #1 // \u{2713} and \"quotes\"\0a"
  "  ret"

fn @test.leaf(i64, f32) -> i64, f32 [inline] {
block0(v0: i64, v1: f32):
  ret v0, v1
}

fn @test.naked() [naked, section ".text.boot"] {
block0:
  trap unreachable
}

fn @test.interrupt() [root, noinline, interrupt] {
block0:
  ret
}

fn @test.arithmetic(i32, i64) -> i64 {
block0(v0: i32, v1: i64):
  v2 = iconst.i32 -5
  v3 = iconst.i64 -9223372036854775808
  v4 = iconst.i64 2147483648
  v5 = iconst.ptr 0xffffffff80000000
  v6 = iconst.bool 1
  v7 = add.i32 v0, v2
  v8 = sub.i64 v1, v3
  v9 = mul.i64 v8, v4
  v10 = sdiv.i32 v7, v2 checked
  v11 = udiv.i64 v9, v8
  v12 = srem.i32 v10, v0
  v13 = urem.i64 v11, v1 checked
  v14 = smulh.i64 v13, v1
  v15 = umulh.i32 v12, v0
  v16 = and.bool v6, v6
  v17 = or.i32 v15, v0
  v18 = xor.i64 v14, v1
  v19 = shl.i32 v17, v0
  v20 = lshr.i64 v18, v1
  v21 = ashr.i32 v19, v0
  v22 = rotl.i64 v20, v1
  v23 = neg.i32 v21
  v24 = not.bool v16
  v25 = clz.i64 v22
  v26 = ctz.i32 v23
  v27 = popcnt.i64 v25
  v28 = bswap.i32 v26
  v29 = icmp.slt v27, v1
  v30 = icmp.eq v24, v29
  v31 = select.i32 v30, v28, v0
  v32 = sext.i64 v31
  v33 = zext.i64 v28
  v34 = zext.i32 v30
  v35 = trunc.i32 v33
  v36 = trunc.bool v32
  v37 = sext8.i64 v32
  v38 = sext16.i32 v35
  v39 = bitcast.ptr v37
  v40 = bitcast.agent v37
  v41 = icmp.ugt v39, v5
  trapif v41, out_of_bounds
  ret v37
}

fn @test.floats(f32, f64, i32, i64) -> f64 {
block0(v0: f32, v1: f64, v2: i32, v3: i64):
  v4 = fconst.f64 0.1
  v5 = fconst.f32 0x7fc00000
  v6 = fconst.f64 -3.0
  v7 = fadd.f64 v1, v4
  v8 = fsub.f32 v0, v5
  v9 = fmul.f64 v7, v6
  v10 = fdiv.f32 v8, v0
  v11 = fneg.f64 v9
  v12 = fabs.f32 v10
  v13 = fsqrt.f64 v11
  v14 = fcmp.ge v13, v1
  v15 = fcmp.eq v12, v0
  v16 = and.bool v14, v15
  v17 = sitof.f64 v2
  v18 = uitof.f32 v3
  v19 = ftosi.i64 v17
  v20 = ftoui.i32 v18
  v21 = fpromote.f64 v18
  v22 = fdemote.f32 v21
  v23 = bitcast.f64 v19
  v24 = bitcast.i32 v22
  v25 = select.f64 v16, v23, v21
  ret v25
}

fn @test.memory(ptr, i64) -> i64 {
  slot0: size 16 align 8
  slot1: size 1 align 1
block0(v0: ptr, v1: i64):
  v2 = slot.ptr slot0
  v3 = slot.ptr slot1
  v4 = ptradd.ptr v2, v1
  v5 = load.u8.i32 v4
  v6 = load.s16.i64 v2 + 8 volatile
  v7 = load.64.i64 v0 - 8 invariant
  v8 = load.bool.bool v3
  v9 = load.f32.f32 v0
  v10 = symbol.ptr @test.table + 8
  v11 = symbol.func @test.leaf
  store.u8 v3, v5
  store.64 v2 + 8, v7 volatile
  store.64 v2, v11
  store.bool v3, v8
  store.f32 v2, v9
  memcopy v10, v2, v6
  memfill v10, v5, v1
  v12 = sysread.csr.8.i64 v5
  syswrite.port.1 v5, v5
  ret v12
}

fn @test.control(i64, ptr) -> i64 {
block0(v0: i64, v1: ptr):
  v2 = iconst.i64 1
  v3 = fconst.f32 1.5
  v4 = call @test.leaf(v0, v3) : (i64, f32) -> i64, f32
  v5 = result1.f32 v4
  call @image.start() : ()
  v6 = callptr v1(v4) : (i64) -> i64
  v7 = icmp.eq v6, v2
  brif v7, block1(v6), block2
block1(v8: i64):
  nop
  jump block3(v8, v5)
block2:
  switch v6, block1(v2) [0: block3(v2, v3), -1: block3(v6, v5), 4294967296: block4]
block3(v9: i64, v10: f32):
  ret v9
block4:
  trap explicit
}
`;
