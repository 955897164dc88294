/**
 * Decodes a batch of rows token by token, with a cache of each row's keys and values. Each call may overwrite the logits that
 * the previous one returned.
 */
export interface Decoder {
  /** Reads prompts (ids a row, of any lengths). Returns the logits after each row's last token, (B, V) row by row. */
  start(prompts: readonly (readonly number[])[]): Promise<Float32Array>
  /**
   * Row r continues row from[r] of the last call (default r) with the token ids[r]. Returns the logits (B, V).
   * Rows that are not in `from` are dropped; a row may be there several times.
   */
  next(ids: Int32Array, from?: Int32Array): Promise<Float32Array>
}
