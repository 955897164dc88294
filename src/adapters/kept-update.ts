import {ROUND} from '../base/half.ts'
import type {Named, Stored} from '../engine/program.ts'
import {readFloats, type Writable} from '../weights/safetensors.ts'

/**
 * Measures how much of the change Δ = W′ − W is left once tensors are stored in 16 bits: an entry that changes by less than
 * half a step of the format rounds back to where it was. If W is already in that format, as in checkpoints published in 16
 * bits, nothing compensates for the loss. Each tensor is measured when its data are read.
 */
export function measureKept(changed: Named<Writable>, before: Named<Stored>) {
  let squares = 0
  let kept = 0
  const tensors = Object.entries(changed).map(([name, tensor]): [string, Writable] => {
    const {dtype, data} = tensor
    const round = ROUND[dtype]
    if (!round || !before[name] || typeof data !== 'function') return [name, tensor]
    const measured = async () => {
      const [after, start] = [(await data()) as Float32Array, await readFloats(before[name])]
      for (let at = 0; at < after.length; at += PIECE) {
        const [to, from] = [after.subarray(at, at + PIECE), start.subarray(at, at + PIECE)]
        const [rounded, base] = [round(to), round(from)]
        for (let i = 0; i < to.length; i++) {
          const change = to[i] - from[i]
          squares += change * change
          kept += change * (rounded[i] - base[i])
        }
      }
      return after
    }
    return [name, {...tensor, data: measured}]
  })
  return {
    tensors: Object.fromEntries(tensors),
    /** ⟨round(W′) − round(W), Δ⟩ / ⟨Δ, Δ⟩ over all tensors read so far: 1 if on average nothing is lost. */
    kept: () => (squares === 0 ? 1 : kept / squares),
  }
}

/** The number of entries that are rounded at a time. */
const PIECE = 2 ** 14

/** Below this share, part of what was trained is silently missing. */
const LEAST_KEPT = 0.95

/** Describes the loss where rounding weights drops part of an update; undefined if nearly all of it is kept. */
export function lossText(kept: number): string | undefined {
  if (!Number.isFinite(kept)) return 'are beyond the range of their format'
  if (kept >= LEAST_KEPT) return undefined
  return `keep only ${Math.max(0, Math.floor(100 * kept))} % of what training changed, as the rest is too small for their format`
}
