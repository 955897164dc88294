import {createRequire} from 'node:module'
import {join} from 'node:path'
import {SHARE_ENV, Worker} from 'node:worker_threads'
import {Fault} from '../base/fault.ts'
import {readText, SMALL_FILE} from '../base/read-file.ts'
import type {Fields} from '../data/record.ts'
import {type TemplateFailure, templateFault} from './chat-template-fault.ts'
import {readFields, readNames} from './special-tokens.ts'

export interface ChatMessage {
  readonly role: string
  readonly content: string
  /** Other texts that a template may read, such as reasoning_content. */
  readonly [key: string]: string
}

/** A conversation to render. */
export interface Chat {
  readonly messages: readonly ChatMessage[]
  /** Whether the text ends with the beginning of an answer. */
  readonly prompt: boolean
  /** Its source in messages of errors: `file:line`. */
  readonly where: string
}

export interface ChatTemplate {
  /** The file that holds the template. */
  readonly file: string
  readonly text: string
  /** The variables of special tokens: bos_token, eos_token and so on. */
  readonly tokens: Readonly<Record<string, string>>
}

/**
 * Reads the chat template of a model's folder: chat_template.jinja, chat_template.json or `chat_template` of
 * tokenizer_config.json, in this order, as transformers does; of several the one named `default`. Undefined without one.
 */
export async function readChatTemplate(folder: string): Promise<ChatTemplate | undefined> {
  const config = await readFields(join(folder, 'tokenizer_config.json'))
  const tokens = tokensOf(await readNames(folder))
  const file = join(folder, 'chat_template.jinja')
  const text = await readText(file, {most: SMALL_FILE})
  if (text !== undefined) return {file, text, tokens}
  const json = join(folder, 'chat_template.json')
  for (const [file, value] of [
    [json, (await readFields(json)).chat_template],
    [join(folder, 'tokenizer_config.json'), config.chat_template],
  ] as const) {
    const text = defaultOf(value)
    if (text !== undefined) return {file, text, tokens}
  }
  return undefined
}

function tokensOf(fields: Fields): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [key, value] of Object.entries(fields)) {
    const text = (value as Fields | null | undefined)?.content ?? value // "</s>", or {"content": "</s>", …}
    if (/^[a-z_]+_token$/.test(key) && typeof text === 'string') found[key] = text
  }
  return found
}

/** The template in a value of JSON: a text, or the default of a list of {name, template}. */
function defaultOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (!Array.isArray(value)) return undefined
  const named = value.find(one => (one as Fields | null)?.name === 'default') as Fields | undefined
  return typeof named?.template === 'string' ? named.template : undefined
}

/** The limits of rendering all conversations of a file. */
export interface RenderLimits {
  readonly seconds?: number
  readonly megabytes?: number
  /** The most characters of one rendered conversation. */
  readonly characters?: number
}

/**
 * Renders conversations as transformers' apply_chat_template does. A template is a program that comes with a model, so it
 * runs on a thread with limits of time and memory, in an interpreter whose values have no JavaScript properties. It sees the
 * messages, the special tokens and `range`, but not the date: a run must not depend on the day that it is started.
 *
 * @throws Fault 'input' where the template fails, refuses a conversation or exceeds a limit
 */
export async function renderChats(
  {file, text, tokens}: ChatTemplate,
  chats: readonly Chat[],
  {seconds = 60 + chats.length / 100, megabytes = 512, characters = 2 ** 24}: RenderLimits = {},
): Promise<readonly string[]> {
  const library = createRequire(import.meta.url).resolve('@huggingface/jinja')
  const worker = new Worker(RENDER, {
    eval: true,
    env: SHARE_ENV,
    execArgv: [],
    workerData: {library, text, tokens, characters, chats: chats.map(({messages, prompt}) => ({messages, prompt}))},
    resourceLimits: {maxOldGenerationSizeMb: megabytes},
  })
  const exceeds = (limit: string) => new Fault('input', `${file}: the chat template takes more than ${limit} to render`)
  try {
    return await new Promise<readonly string[]>((resolve, reject) => {
      const fail = (failure: TemplateFailure, index = 0) =>
        reject(templateFault(failure, {file, text, where: chats[index].where}))
      const timer = setTimeout(() => reject(exceeds(`${Math.round(seconds)} s`)), 1000 * seconds)
      worker.on('exit', () => clearTimeout(timer))
      worker.on('error', error => {
        const isMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        if (isMemory) reject(exceeds(`${megabytes} MB`))
        else fail({stage: 'render', message: error.message})
      })
      worker.on('message', (response: RenderResponse) => {
        if ('texts' in response) resolve(response.texts)
        else fail(response, response.index)
      })
    })
  } finally {
    await worker.terminate()
  }
}

type RenderResponse = {readonly texts: readonly string[]} | (TemplateFailure & {readonly index: number})

/** Runs on the thread. The environment is that of the library's Template, without strftime_now and with a short range. */
const RENDER = `
const {parentPort, workerData} = require('node:worker_threads')
const {library, text, tokens, characters, chats} = workerData
const {Environment, Interpreter, Template} = require(library)
let index = 0
let stage = 'parse'
const range = (start, stop, step = 1) => {
  const [from, to] = typeof stop === 'number' ? [start, stop] : [0, start]
  if (typeof step !== 'number' || step === 0) throw new Error('the step of range() must be a number other than 0')
  const length = Math.max(0, Math.ceil((to - from) / step))
  if (!(length <= 100000)) throw new Error('range() of more than 100,000 numbers')
  return Array.from({length}, (_, i) => from + i * step)
}
const raise_exception = message => {
  stage = 'refuse'
  throw new Error(String(message))
}
try {
  const {parsed} = new Template(text)
  stage = 'render'
  const texts = chats.map(({messages, prompt}, i) => {
    index = i
    const environment = new Environment()
    const variables = {
      true: true, True: true, false: false, False: false, none: null, None: null,
      range, raise_exception, ...tokens, tools: null, documents: null, messages, add_generation_prompt: prompt,
    }
    for (const [name, value] of Object.entries(variables)) environment.set(name, value)
    const rendered = new Interpreter(environment).run(parsed).value
    if (rendered.length > characters) throw new Error('a text of more than ' + characters + ' characters')
    return rendered
  })
  parentPort.postMessage({texts})
} catch (error) {
  parentPort.postMessage({stage, message: String(error && error.message), index})
}
`
