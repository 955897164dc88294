/** A causal language model that remembers what each row has read. */
export interface Decoder {
  /** Reads prompts (ids a row, any lengths); answers the logits after each row's last token, (B, V) row by row. */
  start(prompts: readonly (readonly number[])[]): Promise<Float32Array>
  /**
   * Row r continues row from[r] of the last call (default r) with the token ids[r]; answers the logits (B, V).
   * Rows that no `from` names are forgotten; a row may be named several times.
   */
  next(ids: Int32Array, from?: Int32Array): Promise<Float32Array>
}
