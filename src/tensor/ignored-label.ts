/** The label of a token or row that no loss counts, as PyTorch's cross_entropy has it (ignore_index). */
export const IGNORED = -100
