import {createHash} from 'node:crypto'
import {Fault} from '../../base/fault.ts'
import {quote} from '../../base/printable.ts'
import {UNCUT} from '../../data/read-records.ts'
import {type Chat, type ChatTemplate, readChatTemplate, renderChats} from '../../tokenizer/chat-template.ts'
import type {Tokenizer} from '../../tokenizer/tokenizer.ts'
import {encodeExamples} from '../encode.ts'
import type {Example, GenerationTask, ModelFiles, TestItem} from '../task.ts'
import {alpacaMessage, type Conversation, conversationOf} from './conversations.ts'
import {type PartOptions, readPart} from './read-part.ts'
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
    const files = 'chat_template.jinja, chat_template.json or tokenizer_config.json'
    const message = `${folder}: the tokenizer has no chat template (${files}); write the prompt yourself: data.template: '…{column}…'`
    throw new Fault('input', message, {at: ['task']})
  }
  const turnEnd = await readTurnEnd(template, tokenizer)
  const read = async (file: string, options: PartOptions = {}) =>
    (await readPart(file, options)).map(found => conversationOf(found, columns))
  return {
    ...task,
    addsSpecialTokens: false,
    stopIds: turnEnd.stopIds,
    facts: `chat ${hashTemplate(template)}`,
    encode: (tokenizer, examples, maxTokens) =>
      encodeExamples(tokenizer, examples, maxTokens, {special: false, eos: !turnEnd.isMarked}),
    promptOf: async ([instruction, input]) => {
      const messages = [{role: 'user', content: alpacaMessage(instruction, input)}]
      return (await renderChats(template, [{messages, prompt: true, where: 'the prompt'}]))[0]
    },
    readTraining: async (file, options) => renderExamples(template, await read(file, options)),
    async readTest(file, _form, options) {
      const conversations = await read(file, {...options, ...UNCUT})
      const prompts = await renderChats(template, conversations.map(promptOf))
      return conversations.map(({messages, where}, i): TestItem<string> => {
        return {prompt: prompts[i], gold: goldOf(messages[messages.length - 1].content, where, task)}
      })
    },
  }
}

const hashTemplate = ({text, tokens}: ChatTemplate): string =>
  createHash('sha256')
    .update(JSON.stringify([text, tokens]))
    .digest('hex')
    .slice(0, 16)

/** The conversation before its last answer. */
const promptOf = ({messages, where}: Conversation): Chat => ({messages: messages.slice(0, -1), prompt: true, where})

/**
 * Renders conversations as examples whose answers count for the loss: what the template writes between the beginning of an
 * answer and the end of its turn.
 */
async function renderExamples(template: ChatTemplate, conversations: readonly Conversation[]): Promise<Example[]> {
  const chats = conversations.map(({messages, where}) => {
    const answers = messages.flatMap(({role}, i) => (role === 'assistant' ? [i] : []))
    return answers.flatMap((i): [Chat, Chat] => [
      {messages: messages.slice(0, i), prompt: true, where},
      {messages: messages.slice(0, i + 1), prompt: false, where},
    ])
  })
  const texts = await renderChats(template, chats.flat())
  let next = 0
  const examples = conversations.map(({where}, c): Example => {
    const own = texts.slice(next, next + chats[c].length)
    next += own.length
    const whole = own[own.length - 1]
    const spans: [number, number][] = []
    for (let i = 0; i < own.length; i += 2) {
      const [before, through] = [own[i], own[i + 1]]
      if (!whole.startsWith(through)) throw rewrites(template, where)
      spans.push([commonLength(before, through), through.length])
    }
    const start = spans[spans.length - 1][0]
    return {prompt: whole.slice(0, start), target: whole.slice(start), spans, where}
  })
  if (!examples.some(printsAnswer)) throw printsNone(template, examples[0])
  return examples
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

const rewrites = ({file}: ChatTemplate, where: string) =>
  new Fault(
    'input',
    `${where}: the chat template of ${file} formats earlier turns differently once later ones follow; write each record with one answer only`,
  )

/** The length of the common prefix of two texts. */
function commonLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length++
  return length
}

/** How a template ends the assistant's turn: with a special token, which also ends a generated answer, or with none. */
async function readTurnEnd(
  template: ChatTemplate,
  tokenizer: Tokenizer,
): Promise<{readonly isMarked: boolean; readonly stopIds: readonly number[]}> {
  const probe = 'Yes'
  const messages = [
    {role: 'user', content: 'Well?'},
    {role: 'assistant', content: probe},
  ]
  const [text] = await renderChats(template, [{messages, prompt: false, where: 'a question and its answer'}])
  const at = text.lastIndexOf(probe)
  const end = at < 0 ? '' : text.slice(at + probe.length).trim()
  const [first] = end === '' ? [] : await tokenizer.encode(end, {special: false})
  const isMarked = first !== undefined && tokenizer.decode([first]) === '' // special tokens decode to nothing
  return {isMarked, stopIds: isMarked ? [first] : []}
}
