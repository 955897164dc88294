import {Fault} from '../../base/fault.ts'
import {quote} from '../../base/printable.ts'
import {sha256} from '../../base/sha256.ts'
import {UNCUT} from '../../data/read-records.ts'
import {type DataRecord, hashRecord} from '../../data/record.ts'
import {type Chat, type ChatTemplate, readChatTemplate, renderChats} from '../../tokenizer/chat/template.ts'
import type {Tokenizer} from '../../tokenizer/tokenizer.ts'
import type {Example, GenerationTask, ModelFiles, Scorer, TestItem} from '../task.ts'
import {alpacaMessage, type Conversation, conversationOf} from './conversations.ts'
import {checkAnswer, encodeAnswers} from './encode-answers.ts'
import {readPart} from './read-part.ts'
import {goldOf} from './scorers.ts'
import type {CustomTaskSettings} from './settings.ts'

/** The task with the chat template of a model. @throws Fault 'input' where the model has none */
export async function openChat(
  task: GenerationTask<string>,
  {columns = {}}: CustomTaskSettings,
  {folder, tokenizer}: ModelFiles,
): Promise<GenerationTask<string>> {
  const template = await readChatTemplate(folder)
  if (!template) {
    const files = 'chat_template.jinja, tokenizer_config.json or chat_template.json'
    const message = `${folder}: the tokenizer has no chat template (${files}); write the prompt yourself: data.template: '…{column}…'`
    throw new Fault('input', message, {at: ['task']})
  }
  const turn = await readTurn(template, tokenizer)
  const open = (records: readonly DataRecord[]) => records.map(found => conversationOf(found, columns))
  return {
    ...withoutEnd(task, turn.end),
    addsSpecialTokens: false,
    stopIds: turn.stopIds,
    stop: /[\p{L}\p{N}]/u.test(turn.end) ? [turn.end] : [], // punctuation may stand within an answer
    facts: `chat ${hashTemplate(template)}`,
    encode: (tokenizer, examples, maxTokens, options) =>
      encodeAnswers(tokenizer, examples, maxTokens, {...options, special: false, eos: !turn.isMarked}),
    promptOf: async ([instruction, input]) => {
      const messages = [{role: 'user', content: alpacaMessage(instruction, input)}]
      const [prompt] = await renderChats(template, [{messages, prompt: true, where: 'the prompt'}])
      return prompt + turn.lead
    },
    readTraining: async (file, options) => renderExamples(template, turn, open(await readPart(file, options))),
    async readTest(file, _form, options) {
      const records = await readPart(file, {...options, ...UNCUT})
      const conversations = open(records)
      for (const one of conversations) checkAnswer(lastText(one), one.where)
      const last = conversations.map(one => ({...one, answers: [one.messages.length - 1]}))
      const rendered = await renderAnswers(template, last)
      return conversations.map(({messages, where}, i): TestItem<string> => {
        const [{before, through}] = rendered[i]
        const start = answerStart(before, through, turn.lead)
        if (start === undefined) throw divergence(template, {before, through, where})
        const gold = goldOf(lastText({messages}), where, task)
        return {prompt: through.slice(0, start), target: through.slice(start), gold, item: hashRecord(records[i])}
      })
    },
  }
}

/** The task whose scorers take the end of a turn off an output. */
function withoutEnd(task: GenerationTask<string>, end: string): GenerationTask<string> {
  const withoutIt = <Answer>({extract, correct}: Scorer<Answer>): Scorer<Answer> => ({
    correct,
    extract: output => extract(withoutSuffix(output.trimEnd(), end)),
  })
  const {strict, exact} = task.stricter
  return {...task, ...withoutIt(task), stricter: {strict: withoutIt(strict), exact: withoutIt(exact)}}
}

const withoutSuffix = (text: string, suffix: string): string =>
  text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text

const hashTemplate = ({text, tokens}: ChatTemplate): string => sha256(JSON.stringify([text, tokens])).slice(0, 16)

/**
 * Renders conversations as examples whose answers count for the loss: what the template writes between the beginning of an
 * answer and the end of its turn. Where the template formats earlier turns differently once later ones follow, each answer is
 * an example of its own.
 */
async function renderExamples(
  template: ChatTemplate,
  turn: TurnFormat,
  conversations: readonly Conversation[],
): Promise<Example[]> {
  const filled = conversations.filter(one => lastText(one).trim() !== '')
  const rendered = await renderAnswers(template, filled)
  const own = new Map(filled.map((one, i) => [one, examplesOf(rendered[i], turn)]))
  const examples = [...own.values()].flat()
  if (filled.length > 0 && !examples.some(printsAnswer)) throw printsNone(template, examples[0])
  const divergent = rendered.flat().find(({before, through}) => answerStart(before, through, turn.lead) === undefined)
  if (divergent) throw divergence(template, divergent)
  return conversations.flatMap(one => own.get(one) ?? {prompt: '', target: '', where: one.where}) // left out when encoded
}

const lastText = ({messages}: Pick<Conversation, 'messages'>): string => messages[messages.length - 1].content

/** Renders each answer of conversations that counts for the loss: what is before it, and the conversation through it. */
async function renderAnswers(
  template: ChatTemplate,
  conversations: readonly Conversation[],
): Promise<readonly (readonly RenderedPair[])[]> {
  const chats = conversations.flatMap(({messages, answers, where}) =>
    answers.flatMap((i): Chat[] => [
      {messages: messages.slice(0, i), prompt: true, where},
      {messages: messages.slice(0, i + 1), prompt: false, where},
    ]),
  )
  const texts = await renderChats(template, chats)
  let next = 0
  return conversations.map(({answers, where}) =>
    answers.map(() => ({before: texts[next++], through: texts[next++], where})),
  )
}

/** The example of a conversation, or one of each of its answers. */
function examplesOf(answers: readonly RenderedPair[], {lead, isMarked}: TurnFormat): Example[] {
  const {through: whole, where} = answers[answers.length - 1]
  const located = answers.map(({before, through}) => ({
    through,
    start: answerStart(before, through, lead) ?? commonLength(before, through),
  }))
  const together = located.every(({through}) => whole.startsWith(through)) ? [located] : located.map(one => [one])
  return together.map(turns => exampleOf(turns, {isMarked, where}))
}

/**
 * The position at which an answer begins: after the prompt and what stands before every answer, or after the prompt alone if
 * the answer has thoughts of its own. Undefined if the template writes another prompt once the answer follows; white space
 * at its end may differ.
 */
function answerStart(before: string, through: string, lead: string): number | undefined {
  if (through.startsWith(before + lead)) return before.length + lead.length
  const start = commonLength(before, through)
  return start >= before.trimEnd().length ? start : undefined
}

/** A conversation as rendered before an answer, with the beginning of one, and through it. */
interface RenderedPair {
  readonly before: string
  readonly through: string
  readonly where: string
}

function divergence({file}: ChatTemplate, {before, through, where}: RenderedPair): Fault {
  const from = Math.max(0, commonLength(before, through) - 20)
  const [prompt, whole] = [before, through].map(text => quote(text.slice(from, from + 60)))
  return new Fault(
    'input',
    `${where}: the chat template of ${file} writes another prompt once the answer follows: ${prompt} becomes ${whole}; write the prompt yourself: data.template: '…{column}…'`,
  )
}

/** A conversation through an answer, with the position at which that answer begins. */
interface RenderedAnswer {
  readonly through: string
  readonly start: number
}

/** The example of a conversation; an eos that follows it belongs to its last answer. */
function exampleOf(
  answers: readonly RenderedAnswer[],
  {isMarked, where}: Pick<TurnFormat, 'isMarked'> & Pick<Conversation, 'where'>,
): Example {
  const {through: whole, start: last} = answers[answers.length - 1]
  const spans = answers.map(({through, start}): [number, number] => {
    const isOpen = through === whole && !isMarked
    return [start, isOpen ? Number.POSITIVE_INFINITY : through.length]
  })
  return {prompt: whole.slice(0, last), target: whole.slice(last), spans, where}
}

/** Whether the template printed anything for an answer of an example. */
const printsAnswer = ({prompt, target, spans = []}: Example): boolean =>
  spans.some(([from, to]) => `${prompt}${target}`.slice(from, to).trim() !== '')

function printsNone({file}: ChatTemplate, {prompt, target, where}: Example): Fault {
  const printed = `${prompt}${target}`
  const shown = printed === '' ? 'nothing' : quote(printed)
  return new Fault(
    'input',
    `${file}: the chat template prints no answer of the assistant, so that nothing can be trained on; of ${where} it prints ${shown}`,
  )
}

/** The length of the common prefix of two texts. */
function commonLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length++
  return length
}

/** How a template formats an answer of the assistant. */
interface TurnFormat {
  /** What stands before every answer and is not in the prompt of one, as Qwen3's empty block of thoughts; '' for white space. */
  readonly lead: string
  /** Whether a special token ends the turn; it also ends a generated answer. */
  readonly isMarked: boolean
  readonly stopIds: readonly number[]
  /** What ordinary text a turn ends with, as outputs are decoded; '' where a special token ends it. */
  readonly end: string
}

async function readTurn(template: ChatTemplate, tokenizer: Tokenizer): Promise<TurnFormat> {
  const probe = 'Yes'
  const question = {role: 'user', content: 'Well?'}
  const answer = {role: 'assistant', content: probe}
  const [before, text] = await renderChats(template, [
    {messages: [question], prompt: true, where: 'a question'},
    {messages: [question, answer], prompt: false, where: 'a question and its answer'},
  ])
  const at = text.lastIndexOf(probe)
  const lead = text.startsWith(before) && at > before.length ? text.slice(before.length, at) : ''
  const end = at < 0 ? '' : text.slice(at + probe.length).trim()
  const ids = end === '' ? [] : await tokenizer.encode(end, {special: false})
  const [first] = ids
  const isMarked = first !== undefined && tokenizer.decode([first]) === '' // special tokens decode to nothing
  return {
    lead: lead.trim() === '' ? '' : lead,
    isMarked,
    stopIds: isMarked ? [first] : [],
    end: isMarked ? '' : tokenizer.decode(ids).trim(),
  }
}
