import {Fault} from '../../base/fault.ts'
import {escapeLine} from '../../base/printable.ts'

/** How a template failed: it is not valid, it failed on a conversation, or it refused one by raise_exception. */
export interface TemplateFailure {
  readonly stage: 'parse' | 'render' | 'refuse'
  /** The message of the library or, of a refusal, of the template. */
  readonly message: string
}

interface FailedTemplate {
  readonly file: string
  /** The conversation that was rendered: `file:line`. */
  readonly where: string
}

/** The fault of a template that failed, which names the template's file unless a conversation is to blame. */
export function templateFault({stage, message}: TemplateFailure, {file, where}: FailedTemplate): Fault {
  const shown = escapeLine(message.replace(/, got \$\{.*/, ''), 200) // the library fails to fill some of its own messages
  if (stage === 'refuse') return new Fault('input', `${where}: refused by the chat template of ${file}: ${shown}`)
  if (stage === 'parse') {
    const why = ENDS_EARLY.test(message) ? `it ends early; close each {{, and each {% for %} and {% if %}` : shown
    return new Fault('input', `${file}: the chat template cannot be parsed: ${why}`)
  }
  return new Fault('input', `${file}: the chat template fails (on ${where}): ${reasonOf(message) ?? shown}`)
}

/** The library's messages for a template that ends inside a tag, or inside a block, where it reads past the last token. */
const ENDS_EARLY = /^Unexpected end of input|reading 'type'/

function reasonOf(message: string): string | undefined {
  const [, name] = /^Cannot call (\w+)$/.exec(message) ?? []
  if (name === undefined) return undefined
  if (name === 'strftime_now') return 'it needs the date, which would make another run every day; use another template'
  return `it calls ${name}, a function or method that svft's Jinja does not have; write the prompt yourself: data.template: '…{column}…'`
}
