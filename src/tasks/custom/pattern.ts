import {createContext, Script} from 'node:vm'

/**
 * Compiles a regular expression of a recipe. The function returns the first group that takes part in its first match in a
 * text, or the whole match; undefined without a match, or after `seconds` of backtracking.
 *
 * @throws SyntaxError
 */
export function compilePattern(source: string, seconds = 1): (text: string) => string | undefined {
  const match = openMatcher(source, seconds)
  return text => {
    const [whole, ...groups] = match(text) ?? []
    return (groups.find(group => group !== undefined) ?? whole)?.trim()
  }
}

/** Compiles a pattern. The function returns its first match in a text, null without one, undefined after `seconds`. */
function openMatcher(source: string, seconds: number): (text: string) => RegExpExecArray | null | undefined {
  const context = createContext({pattern: new RegExp(source, 'u'), text: ''})
  return text => {
    context.text = text
    try {
      return MATCH.runInContext(context, {timeout: 1000 * seconds})
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
      return undefined
    }
  }
}

const MATCH = new Script('pattern.exec(text)')

/** The reason why a pattern cannot be used: it is invalid, or it backtracks catastrophically on a text of its own letters. */
export function patternMistake(source: string): string | undefined {
  try {
    new RegExp(source, 'u')
  } catch (error) {
    return `is not a regular expression: ${(error as Error).message.replace(/^Invalid regular expression: /, '')}`
  }
  const letters = [...new Set(['a', '0', ' ', '\n', ...[...source].slice(0, 40)])]
  const match = openMatcher(source, 2)
  const isSlow = letters.some(letter => match(`${letter.repeat(2000)}\u0001`) === undefined)
  return isSlow
    ? 'backtracks for more than 2 s on 2,000 equal characters; write it without nested repetition like (a+)+'
    : undefined
}
