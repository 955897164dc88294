// The prompts of Alpaca (Taori et al. 2023) open with these sentences, and so do those of MetaMath and of the commonsense tasks.

const REQUEST = 'Write a response that appropriately completes the request.'

/** Opens a prompt that is an instruction alone. */
export const INSTRUCTION = `Below is an instruction that describes a task. ${REQUEST}`

/** Opens a prompt with an input below its instruction. */
export const INSTRUCTION_WITH_INPUT = `Below is an instruction that describes a task, paired with an input that provides further context. ${REQUEST}`
