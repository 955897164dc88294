/** A line of a data file, in the form of commonsense-15K. */
export interface Entry {
  readonly instruction: string
  readonly input: ''
  readonly output: string
  readonly answer: string
}

/** An instruction and what is said to it. */
export const entry = (instruction: string, output: string, answer = ''): Entry => ({
  instruction,
  input: '',
  output,
  answer,
})

/** A question with the one word that is its answer, said as commonsense-15K does. */
export const asked = (instruction: string, answer: string): Entry =>
  entry(instruction, `the correct answer is ${answer}`, answer)
