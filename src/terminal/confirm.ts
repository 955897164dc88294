import {createInterface} from 'node:readline/promises'
import type {Readable} from 'node:stream'

export interface PromptOptions {
  readonly input: Readable
  readonly output: NodeJS.WritableStream
  readonly signal: AbortSignal
}

/** Asks a yes-or-no question. An empty reply, the end of the input and the signal count as no. */
export async function askYes(question: string, {input, output, signal}: PromptOptions): Promise<boolean> {
  const lines = createInterface({input, output, terminal: false})
  const over = new Promise<string>(resolve => lines.once('close', () => resolve('')))
  try {
    const answer = await Promise.race([lines.question(question, {signal}), over])
    return /^\s*y(es)?\s*$/i.test(answer)
  } catch (error) {
    if (signal.aborted) return false
    throw error
  } finally {
    lines.close()
  }
}
