import {createContext, Script} from 'node:vm'

/**
 * Compiles a regular expression of a recipe. The function returns its first match in a text, or the first group of a pattern
 * with groups; undefined without a match, or after `seconds` of backtracking.
 *
 * @throws SyntaxError
 */
export function compilePattern(source: string, seconds = 1): (text: string) => string | undefined {
  const pattern = new RegExp(source, 'u')
  const context = createContext({pattern, text: '', found: null as readonly string[] | null})
  return text => {
    Object.assign(context, {text, found: null})
    try {
      MATCH.runInContext(context, {timeout: 1000 * seconds})
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
      return undefined
    }
    const [whole, group] = (context.found as readonly string[] | null) ?? []
    return (group ?? whole)?.trim()
  }
}

const MATCH = new Script('found = pattern.exec(text)')

/** The reason why a pattern cannot be used: it is invalid, or it backtracks catastrophically on a text of its own letters. */
export function patternMistake(source: string): string | undefined {
  try {
    new RegExp(source, 'u')
  } catch (error) {
    return `is not a regular expression: ${(error as Error).message.replace(/^Invalid regular expression: /, '')}`
  }
  const letters = new Set(['a', '0', ' ', '\n', ...[...source].slice(0, 40)])
  const pattern = new RegExp(source, 'u')
  const context = createContext({pattern, text: '', found: null})
  for (const letter of letters) {
    context.text = `${letter.repeat(2000)}\u0001`
    try {
      MATCH.runInContext(context, {timeout: 2000})
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
      return 'backtracks for more than 2 s on 2,000 equal characters; write it without nested repetition like (a+)+'
    }
  }
  return undefined
}
