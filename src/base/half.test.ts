import {expect, test} from 'vitest'
import {fromBfloat16, fromFloat16, toBfloat16, toFloat16} from './half.ts'

const ALL = Uint16Array.from({length: 2 ** 16}, (_, i) => i)

const FORMATS = [
  {name: 'bfloat16', from: fromBfloat16, to: toBfloat16, mantissa: 7, bias: 127, infinity: 0x7f80},
  {name: 'float16', from: fromFloat16, to: toFloat16, mantissa: 10, bias: 15, infinity: 0x7c00},
]

/** The number that the bits stand for, by the definition of the format. */
function defined(bits: number, mantissa: number, bias: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits & 0x7fff) >> mantissa
  const fraction = (bits & (2 ** mantissa - 1)) / 2 ** mantissa
  if (exponent === 2 * bias + 1) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return exponent ? sign * (1 + fraction) * 2 ** (exponent - bias) : sign * fraction * 2 ** (1 - bias)
}

test.each(FORMATS)(
  'all 65,536 patterns of $name are upcast to the value that they encode',
  ({from, mantissa, bias}) => {
    const wrong = [...from(ALL)].filter((value, i) => !Object.is(value, defined(i, mantissa, bias)))
    expect(wrong).toEqual([])
  },
)

test.each(FORMATS)('every value of $name is converted to float32 and back to the same bits', ({from, to, infinity}) => {
  const back = to(from(ALL))
  const wrong = [...ALL].filter(i => (i & 0x7fff) <= infinity && back[i] !== i)
  expect(wrong).toEqual([])
})

test.each(FORMATS)('every NaN of $name stays a NaN of the same sign', ({from, to, infinity}) => {
  const isNan = (i: number) => (i & 0x7fff) > infinity
  const wide = from(ALL)
  const back = to(wide)
  const wrong = [...ALL].filter(i => isNan(i) && !(Number.isNaN(wide[i]) && isNan(back[i]) && (back[i] ^ i) < 0x8000))
  expect(wrong).toEqual([])
})

test.each(FORMATS)('float32 rounds to the nearest $name, ties to even', ({to, mantissa, bias, infinity}) => {
  const wrong: number[] = []
  for (let low = 0; low < infinity; low++) {
    const a = defined(low, mantissa, bias)
    const b = low + 1 === infinity ? 2 ** (bias + 1) : defined(low + 1, mantissa, bias)
    const middle = Math.fround(a + (b - a) / 2)
    const [below, above] = neighbours(middle)
    const positive = to(Float32Array.of(below, middle, above))
    const negative = to(Float32Array.of(-below, -middle, -above))
    const expected = [low, low + (low & 1), low + 1]
    if (expected.some((bits, i) => positive[i] !== bits || negative[i] !== (bits | 0x8000))) wrong.push(low)
  }
  expect(wrong).toEqual([])
})

test('float32 NaNs with only low mantissa bits do not round to infinity', () => {
  const nan = new Float32Array(Uint32Array.of(0x7f800001, 0xff800001, 0x7fffffff, 0xffffffff).buffer)
  expect([...fromBfloat16(toBfloat16(nan))]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN])
  expect([...fromFloat16(toFloat16(nan))]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN])
  expect([...toBfloat16(nan)].map(bits => bits >> 15)).toEqual([0, 1, 0, 1])
})

test('values beyond the range become infinity, those below it a signed zero', () => {
  const far = Float32Array.of(65519.996, 65520, 3.4e38, -1e30, 2 ** -25, -(2 ** -25), 2 ** -149, -0)
  expect([...toFloat16(far)]).toEqual([0x7bff, 0x7c00, 0x7c00, 0xfc00, 0, 0x8000, 0, 0x8000])
  expect([...toBfloat16(Float32Array.of(3.4028234663852886e38, -3.4028234663852886e38))]).toEqual([0x7f80, 0xff80])
})

test('of a view into a larger array, only the view is converted', () => {
  const bits = Uint16Array.of(0, 0x3f80, 0x4000, 0).subarray(1, 3)
  const into = new Float32Array(4)
  expect([...fromBfloat16(bits, into.subarray(2))]).toEqual([1, 2])
  expect([...into]).toEqual([0, 0, 1, 2])
  expect([...toBfloat16(into.subarray(2))]).toEqual([0x3f80, 0x4000])
})

/** The float32 just below and just above a positive one. */
function neighbours(value: number): readonly [number, number] {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]
  const [below, above] = new Float32Array(Uint32Array.of(bits - 1, bits + 1).buffer)
  return [below, above]
}
