/** Settings of OpenVINO by their names. */
export type Properties = Readonly<Record<string, string>>

/** Leaves out the passes that fuse ops into programs of their own. */
export const WITHOUT_FUSION = {SNIPPETS_MODE: 'DISABLE'}

/**
 * Compiles with the properties of the cache, and again without them if that fails: a cached file may be one that can be neither
 * read nor replaced, such as another user's in a shared folder. Fusion is left out where its pass fails, as on the gradient of
 * two blocks with dropout.
 */
export async function compileWithFallbacks<T>(
  compile: (chosen: Properties) => Promise<T>,
  cache: Properties,
): Promise<T> {
  const compileFused = (chosen: Properties) =>
    compile(chosen).catch(error => {
      if (!/\[TokenizeSnippets\]/.test((error as Error).message)) throw error
      return compile({...chosen, ...WITHOUT_FUSION})
    })
  return compileFused(cache).catch(error => {
    if (Object.keys(cache).length === 0) throw error
    return compileFused({})
  })
}
