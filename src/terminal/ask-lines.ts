import {createInterface} from 'node:readline'
import type {PromptOptions} from './confirm.ts'

/** The lines that are typed after a prompt, until the end of the input, Ctrl-C or the signal. */
export async function* askLines(prompt: string, {input, output, signal}: PromptOptions): AsyncGenerator<string> {
  const lines = createInterface({input, output, prompt, terminal: true})
  const close = () => lines.close()
  lines.on('SIGINT', close)
  signal.addEventListener('abort', close, {once: true})
  try {
    lines.prompt()
    for await (const line of lines) {
      yield line
      lines.prompt()
    }
    output.write('\n')
  } finally {
    signal.removeEventListener('abort', close)
    lines.close()
  }
}
