import type {Scorer} from './task.ts'

/**
 * The eight tasks of commonsense reasoning, Hu et al. 2023 (LLM-Adapters), scored as its commonsense_evaluate.py does:
 * the answer is the first of the task's words anywhere in the text, capitals counting, "solution12" being "solution1".
 * What the model writes behind a "### Response:" of its own is not read.
 */
const scorer = (words: readonly string[]): Scorer<string> => {
  const answer = new RegExp(words.join('|'))
  return {
    extract(text) {
      const [said] = text.split(RESPONSE, 1)
      return answer.exec(said)?.[0]
    },
    correct: (answer, gold) => answer === gold,
  }
}

const RESPONSE = '### Response:'

const numbered = (word: string, count: number) => Array.from({length: count}, (_, i) => `${word}${i + 1}`)

/** By the names that LLM-Adapters gives its data sets. */
export const COMMONSENSE = {
  boolq: scorer(['true', 'false']),
  piqa: scorer(numbered('solution', 2)),
  social_i_qa: scorer(numbered('answer', 5)),
  hellaswag: scorer(numbered('ending', 4)),
  winogrande: scorer(numbered('option', 2)),
  'ARC-Easy': scorer(numbered('answer', 5)),
  'ARC-Challenge': scorer(numbered('answer', 5)),
  openbookqa: scorer(numbered('answer', 5)),
} satisfies Record<string, Scorer<string>>
