import {createContext, Script} from 'node:vm'
import {Fault} from '../../base/fault.ts'
import {quote} from '../../base/printable.ts'
import {repetitiveTexts} from '../../tokenizer/repetitive-texts.ts'

/**
 * Compiles a regular expression of a recipe. The function returns the first group that takes part in its first match in a
 * text, or the whole match; undefined without a match. After `seconds` of backtracking it throws a Fault: without an answer,
 * the score would depend on the speed of the machine.
 *
 * @throws SyntaxError
 */
export function compilePattern(source: string, seconds = 10): (text: string) => string | undefined {
  const match = openMatcher(source, seconds)
  return text => {
    const matches = match([text])
    if (matches === undefined) {
      const at = ['evaluate', 'pattern']
      throw new Fault('recipe', `evaluate.pattern ${slowness(seconds, quote(text))}`, {at})
    }
    const [whole, ...groups] = matches[0] ?? []
    return (groups.find(group => group !== undefined) ?? whole)?.trim()
  }
}

type Matcher = (texts: readonly string[]) => readonly (RegExpExecArray | null)[] | undefined

/** Compiles a pattern. The function returns its first match in each text, null without one; undefined after `seconds`. */
function openMatcher(source: string, seconds: number): Matcher {
  const context = createContext({pattern: new RegExp(source, 'u'), texts: []})
  return texts => {
    context.texts = texts
    try {
      return MATCH.runInContext(context, {timeout: 1000 * seconds})
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
      return undefined
    }
  }
}

const MATCH = new Script('texts.map(text => pattern.exec(text))')

/** The reason why a pattern cannot be used: it is invalid, or it backtracks catastrophically on texts of its own letters. */
export function patternMistake(source: string, seconds = 5): string | undefined {
  try {
    new RegExp(source, 'u')
  } catch (error) {
    return `is not a regular expression: ${(error as Error).message.replace(/^Invalid regular expression: /, '')}`
  }
  const matches = openMatcher(source, seconds)(repetitiveTexts(source))
  return matches === undefined ? slowness(seconds, 'letters that repeat') : undefined
}

const slowness = (seconds: number, text: string) =>
  `backtracks for more than ${seconds} s on ${text}; write it without nested repetition like (a+)+ or (ab|a|b)+`
