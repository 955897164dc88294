import {createRequire} from 'node:module'
import {join} from 'node:path'
import {SHARE_ENV, Worker} from 'node:worker_threads'
import {Fault} from '../base/fault.ts'
import {readText, SMALL_FILE} from '../base/read-file.ts'
import type {Fields} from '../data/record.ts'
import {type TemplateFailure, templateFault} from './chat-template-fault.ts'
import {RENDER} from './chat-template-thread.ts'
import {readFields, readNames} from './special-tokens.ts'
import {SPACES} from './white-space.ts'

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
 * Reads the chat template of a model's folder: chat_template.jinja or `chat_template` of tokenizer_config.json, in this order, as
 * transformers' tokenizers do, else chat_template.json, which only its processors read; of several the one named `default`.
 * Undefined without one.
 */
export async function readChatTemplate(folder: string): Promise<ChatTemplate | undefined> {
  const [jinja, config, processor] = ['chat_template.jinja', 'tokenizer_config.json', 'chat_template.json'].map(name =>
    join(folder, name),
  )
  const sources: readonly (readonly [file: string, value: unknown])[] = [
    [jinja, await readText(jinja, {most: SMALL_FILE})],
    [config, (await readFields(config)).chat_template],
    [processor, (await readFields(processor)).chat_template],
  ]
  for (const [file, value] of sources) {
    const text = defaultOf(value)?.replace(/\r\n?/g, '\n') // as Jinja reads lines
    if (text !== undefined) return {file, text, tokens: tokensOf(await readNames(folder))}
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
    workerData: {
      library,
      spaces: SPACES,
      text,
      tokens,
      characters,
      chats: chats.map(({messages, prompt}) => ({messages, prompt})),
    },
    resourceLimits: {maxOldGenerationSizeMb: megabytes},
  })
  const exceeds = (limit: string) => new Fault('input', `${file}: the chat template takes more than ${limit} to render`)
  try {
    return await new Promise<readonly string[]>((resolve, reject) => {
      const fail = (failure: TemplateFailure, index = 0) =>
        reject(templateFault(failure, {file, where: chats[index].where}))
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
