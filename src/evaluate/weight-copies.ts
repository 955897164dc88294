import {totalmem} from 'node:os'
import {sum} from '../base/collections.ts'
import {type Engine, type Named, type Stored, size} from '../engine/program.ts'

/**
 * The memory for matrices that are repacked for decoding, 0 if they are not. In float32 only float32 ones are, once, as others
 * are upcast at use; OpenVINO keeps three copies in bfloat16 of each.
 */
export function repackedBytes(weights: Named<Stored>, precision: Engine['precision']): number {
  const matrices = Object.values(weights).filter(
    ({dtype, shape}) => shape.length === 2 && (dtype === 'float32' || (precision === 'bf16' && is16Bit(dtype))),
  )
  const width = precision === 'bf16' ? 6 : 4
  const bytes = sum(matrices.map(({shape}) => width * size(shape)))
  return bytes > SMALL && bytes <= LIMIT ? bytes : 0
}

/** The number of programs that may each keep the memory that it needs to upcast the largest 16-bit weight. */
export function maxUpcasts(weights: Named<Stored>): number {
  const sixteenBit = Object.values(weights).filter(({dtype}) => is16Bit(dtype))
  const largest = sixteenBit.reduce((bytes, {shape}) => Math.max(bytes, 4 * size(shape)), 0)
  return Math.ceil(LIMIT / largest)
}

/** Weights of fewer bytes than this fit in the processor's caches: repacking them gains nothing. */
const SMALL = 80e6
/** The most memory that copies of weights may take. */
const LIMIT = totalmem() / 4

const is16Bit = (dtype: Stored['dtype']) => dtype === 'bfloat16' || dtype === 'float16'
