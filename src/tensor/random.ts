import {createHash} from 'node:crypto'

/**
 * Random numbers by path: every consumer forks its own stream from the recipe's one seed, so that what a module
 * draws depends on its path alone, never on the order of calls.
 */
export interface Random {
  fork(path: string | number): Random
  /** Draws from [0, 1), with 32 random bits. */
  uniform(): number
  /** Draws from the standard normal distribution (Box–Muller). */
  normal(): number
  /** Draws an integer in [0, n). */
  int(n: number): number
  /** 0 … n − 1 in random order (Fisher–Yates). */
  permutation(n: number): Int32Array
}

/** The stream at `path` below `seed`: sfc32 (Doty-Humphrey) from the path's sha256. */
export function random(seed: number, path = ''): Random {
  const digest = createHash('sha256').update(`${seed}/${path}`).digest()
  let a = digest.readInt32LE(0)
  let b = digest.readInt32LE(4)
  let c = digest.readInt32LE(8)
  let counter = digest.readInt32LE(12)
  let spare: number | undefined

  const bits = () => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + t) | 0
    return t >>> 0
  }
  for (let i = 0; i < 12; i++) bits()

  const uniform = () => bits() / 2 ** 32
  const int = (n: number) => Math.floor(((bits() >>> 5) * 2 ** 26 + (bits() >>> 6)) * 2 ** -53 * n)

  return {
    fork: child => random(seed, `${path}/${child}`),
    uniform,
    int,
    normal() {
      if (spare !== undefined) {
        const value = spare
        spare = undefined
        return value
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
      const angle = 2 * Math.PI * uniform()
      spare = radius * Math.sin(angle)
      return radius * Math.cos(angle)
    },
    permutation(n) {
      const order = Int32Array.from({length: n}, (_, i) => i)
      for (let i = n - 1; i > 0; i--) {
        const j = int(i + 1)
        const kept = order[i]
        order[i] = order[j]
        order[j] = kept
      }
      return order
    },
  }
}
