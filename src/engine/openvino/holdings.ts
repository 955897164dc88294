/** What a program holds in native memory. */
export interface Holdings {
  /** Adds a function that frees something. */
  add(free: () => void): void
  /** Frees everything, in the opposite order. */
  freeAll(): void
}

export function openHoldings(): Holdings {
  const frees: (() => void)[] = []
  return {
    add: free => void frees.push(free),
    freeAll() {
      for (let free = frees.pop(); free; free = frees.pop()) free()
    },
  }
}
