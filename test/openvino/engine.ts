import {openOpenVino} from '../../src/engine/openvino/openvino.ts'

export const OPENVINO = openOpenVino({threads: 1})

/** Returns ‖ours − theirs‖ / ‖theirs‖: 0 if both are all zeros, infinite if they cannot be compared. */
export function relativeL2(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  if (ours?.length !== theirs.length) return Infinity
  let [error, norm] = [0, 0]
  for (let i = 0; i < theirs.length; i++) {
    error += (ours[i] - theirs[i]) ** 2
    norm += theirs[i] ** 2
  }
  if (!Number.isFinite(error)) return Infinity
  return error === 0 ? 0 : Math.sqrt(error / norm)
}

/** The cosine of the angle between two vectors: 0 if one is all zeros, NaN if one is not finite. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [product, left, right] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    product += a[i] * b[i]
    left += a[i] ** 2
    right += b[i] ** 2
  }
  return product === 0 ? 0 : product / Math.sqrt(left * right)
}
