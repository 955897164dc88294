import {UNCUT} from '../../data/read-records.ts'
import {type DataRecord, hashRecord} from '../../data/record.ts'
import type {Example, GenerationTask, LanguageTask, Scorer} from '../task.ts'
import {openChat} from './chat-examples.ts'
import {columnKeys, columnText} from './columns.ts'
import {conversationInputs, conversationOf} from './conversations.ts'
import {checkAnswer, encodeAnswers} from './encode-answers.ts'
import {readPart} from './read-part.ts'
import {EXACT, goldOf, scorerFor} from './scorers.ts'
import type {CustomTask, CustomTaskSettings} from './settings.ts'
import {fillPrompt, parseTemplate, templateColumns} from './template.ts'

/**
 * Answers to instructions. The prompt is the recipe's template, filled with columns, or the conversation before an answer as the
 * model's chat template writes it; the loss counts the answers alone.
 */
export const instruct = {
  metrics: ['exact-match', 'contains', 'pattern', 'perplexity'],
  roles: ['messages', 'prompt', 'target', 'system'],
  settings: ['template'],
  build: settings => (settings.metric === 'perplexity' ? buildLikelihood(settings) : buildInstruct(settings)),
} as const satisfies CustomTask

export function buildInstruct(settings: CustomTaskSettings): GenerationTask<string> {
  const {maxNewTokens = 256, template, columns = {}} = settings
  const scorer = scorerFor(settings)
  const equal = {...EXACT, extract: scorer.extract}
  const task: GenerationTask<string> = {
    kind: 'generation',
    name: 'instruct',
    family: 'language',
    lengths: {trained: 384, prompt: 192, answer: 128},
    metric: 'accuracy',
    ...(template === undefined ? conversationReaders : templateReaders)(settings, scorer),
    inputs: template === undefined ? conversationInputs(columns) : templateColumns(template).map(name => ({name})),
    promptOf: async texts => promptAround(texts, template ?? ''),
    encode: encodeAnswers,
    decoding: {beams: 1, maxNewTokens},
    stop: [],
    ...scorer,
    stricter: {strict: equal, exact: equal},
  }
  return template === undefined ? {...task, open: files => openChat(task, settings, files)} : task
}

/** The same examples, scored by the perplexity of their answers. */
function buildLikelihood(settings: CustomTaskSettings): LanguageTask {
  const task = buildInstruct(settings)
  const {open} = task
  return {...likelihoodOf(task), open: open && (async files => likelihoodOf(await open(files)))}
}

function likelihoodOf(task: GenerationTask<string>): LanguageTask {
  const {name, family, lengths, facts, inputs, promptOf, addsSpecialTokens, stopIds, stop, encode} = task
  const prompting = {inputs, promptOf, addsSpecialTokens, stopIds, stop}
  const {readTraining: readExamples} = task
  return {kind: 'language', metric: 'perplexity', name, family, lengths, facts, ...prompting, readExamples, encode}
}

type Readers = Pick<GenerationTask<string>, 'readTraining' | 'readTest'>

/** `open` is called for each file, and returns what makes an example of a record. */
const readersOf = (scorer: Scorer<string>, open: () => (found: DataRecord) => Example): Readers => ({
  readTraining: async (file, options) => (await readPart(file, options)).map(open()),
  async readTest(file, _form, options) {
    const exampleOf = open()
    return (await readPart(file, {...options, ...UNCUT})).map(found => {
      const {prompt, target} = exampleOf(found)
      checkAnswer(target, found.where)
      return {prompt, target, gold: goldOf(target, found.where, scorer), item: hashRecord(found)}
    })
  },
})

/** Readers of records whose prompts the recipe's template writes. */
function templateReaders({template = '', columns = {}}: CustomTaskSettings, scorer: Scorer<string>): Readers {
  const {target = 'output'} = columns
  return readersOf(scorer, () => {
    const pieces = parseTemplate(template)
    return found => {
      const {prompt, spaces} = splitSpaces(fillPrompt(pieces, found))
      const answer = columnText(found, target, columnKeys(columns, 'target'))
      return {prompt, target: `${spaces}${answer}`, where: found.where}
    }
  })
}

/** The recipe's template around a question, with one text for each of its columns. */
function promptAround(texts: readonly string[], template: string): string {
  const fields = Object.fromEntries(templateColumns(template).map((column, i) => [column, texts[i]]))
  return splitSpaces(fillPrompt(parseTemplate(template), {fields, where: 'the prompt'})).prompt
}

/**
 * Splits the spaces off the end of a prompt. They belong to the answer, as most tokenizers have one token for a word with the
 * space before it: after a prompt that ends in a space, a model continues with tokens it never learned there.
 */
function splitSpaces(text: string): {readonly prompt: string; readonly spaces: string} {
  let end = text.length
  while (text[end - 1] === ' ') end--
  return {prompt: text.slice(0, end), spaces: text.slice(end)}
}

/** Readers of conversations before a model's chat template is known: their prompts are the messages, line by line. */
const conversationReaders = ({columns = {}}: CustomTaskSettings, scorer: Scorer<string>): Readers =>
  readersOf(scorer, () => found => {
    const {messages, where} = conversationOf(found, columns)
    const contents = messages.map(({content}) => content)
    return {prompt: contents.slice(0, -1).join('\n'), target: contents[contents.length - 1], where}
  })
