// The two 16-bit floats of checkpoints, as bits in a Uint16Array. float16: 5 bits of exponent, 10 of mantissa
// (IEEE 754). bfloat16: the upper half of a float32. Upcasts are exact; downcasts round to nearest, ties to even.

export function fromBfloat16(bits: Uint16Array, into = new Float32Array(bits.length)): Float32Array {
  const out = words(into)
  for (let i = 0; i < bits.length; i++) out[i] = bits[i] << 16
  return into
}

export function toBfloat16(values: Float32Array, into = new Uint16Array(values.length)): Uint16Array {
  const from = words(values)
  for (let i = 0; i < values.length; i++) {
    const x = from[i]
    // Rounding could carry a NaN's mantissa into infinity, so its quiet bit is set instead.
    into[i] = (x & 0x7fffffff) > 0x7f800000 ? (x >>> 16) | 0x40 : (x + 0x7fff + ((x >>> 16) & 1)) >>> 16
  }
  return into
}

export function fromFloat16(bits: Uint16Array, into = new Float32Array(bits.length)): Float32Array {
  upcast ??= Uint32Array.from({length: 2 ** 16}, (_, h) => upcastFloat16(h))
  const table = upcast
  const out = words(into)
  for (let i = 0; i < bits.length; i++) out[i] = table[bits[i]]
  return into
}

export function toFloat16(values: Float32Array): Uint16Array {
  const into = new Uint16Array(values.length)
  const from = words(values)
  const sum = new Float32Array(1)
  const sumBits = words(sum)
  for (let i = 0; i < values.length; i++) {
    const sign = (from[i] >>> 16) & 0x8000
    const x = from[i] & 0x7fffffff
    if (x > 0x7f800000) {
      into[i] = sign | 0x7e00 | ((x >>> 13) & 0x3ff)
    } else if (x >= 0x47800000) {
      into[i] = sign | 0x7c00 // 65536 and above: infinity
    } else if (x >= 0x38800000) {
      into[i] = sign | ((x - 0x38000000 + 0xfff + ((x >>> 13) & 1)) >>> 13) // 65520 and above carry into infinity
    } else {
      sum[0] = 0.5 + Math.abs(values[i]) // at 0.5 a float32 steps by 2⁻²⁴, as float16 does below 2⁻¹⁴: the sum rounds
      into[i] = sign | (sumBits[0] - 0x3f000000)
    }
  }
  return into
}

/** The float32 of every float16, as bits. */
let upcast: Uint32Array | undefined

function upcastFloat16(h: number): number {
  const sign = (h & 0x8000) << 16
  const exponent = (h >>> 10) & 0x1f
  const mantissa = h & 0x3ff
  if (exponent === 0x1f) return sign | 0x7f800000 | (mantissa << 13)
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (mantissa << 13)
  if (mantissa === 0) return sign
  const shift = Math.clz32(mantissa) - 21 // moves the mantissa's leading 1 to the position of the implicit one
  return sign | ((113 - shift) << 23) | ((mantissa << (13 + shift)) & 0x7fffff)
}

/** Rounds values to a format of 16 bits, by its name, and upcasts them again. */
export const ROUND: Readonly<Partial<Record<string, (values: Float32Array) => Float32Array>>> = {
  bfloat16: values => fromBfloat16(toBfloat16(values)),
  float16: values => fromFloat16(toFloat16(values)),
}

const words = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length)
