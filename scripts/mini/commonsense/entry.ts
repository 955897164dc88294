/** A line of a data file, in the form of commonsense-15K. */
export interface Entry {
  readonly instruction: string
  readonly input: ''
  readonly output: string
  readonly answer: string
}

/** An instruction and the response to it. */
export const entry = (instruction: string, output: string, answer = ''): Entry => ({
  instruction,
  input: '',
  output,
  answer,
})

/** A question with a one-word answer, in the form of commonsense-15K. */
export const asked = (instruction: string, answer: string): Entry =>
  entry(instruction, `the correct answer is ${answer}`, answer)
