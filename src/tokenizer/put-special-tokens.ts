import {join} from 'node:path'
import {type Tokenizer as Core, templateProcessing} from 'tokenizers'
import {Fault} from '../base/fault.ts'
import {readFields} from '../data/fields.ts'
import {CLASSES} from './setting-conflict.ts'
import type {SpecialIds} from './special-tokens.ts'

/**
 * Adds bos and eos as `add_bos_token` and `add_eos_token` in tokenizer_config.json demand. They override tokenizer.json in
 * the classes of transformers 4 that know them; transformers 5 ignores them beside a tokenizer.json.
 */
export async function putSpecialTokens(core: Core, folder: string, {bos, eos}: SpecialIds): Promise<void> {
  const file = join(folder, 'tokenizer_config.json')
  const [config, model] = await Promise.all([file, join(folder, 'config.json')].map(readFields))
  const fallback = CLASSES.get(model.model_type) ?? 'LlamaTokenizer'
  if (!PUTTING_CLASS.test(String(config.tokenizer_class ?? fallback))) return
  const around = (await core.encode('', null, {addSpecialTokens: true})).getIds()
  const added = {
    bos: bos !== undefined && around[0] === bos,
    eos: eos !== undefined && around.at(-1) === eos && (eos !== bos || around.length > 1),
  }
  const isNeeded = (role: 'bos' | 'eos', id: number | undefined) => {
    const flag = config[`add_${role}_token`]
    if (typeof flag !== 'boolean') return added[role]
    if (flag && id === undefined)
      throw new Fault('input', `${file}: add_${role}_token is set, but there is no ${role}_token`)
    return flag
  }
  const needed = {bos: isNeeded('bos', bos), eos: isNeeded('eos', eos)}
  if (needed.bos === added.bos && needed.eos === added.eos) return

  const pieceOf = (id: number | undefined) => (id === undefined ? null : core.idToToken(id)) ?? []
  const first = [needed.bos ? pieceOf(bos) : []].flat()
  const last = [needed.eos ? pieceOf(eos) : []].flat()
  const whole = (text: string, type: number) => [...first, text, ...last].map(piece => `${piece}:${type}`).join(' ')
  const pieces = [...new Set([...first, ...last])].map((piece): [string, number] => [piece, core.tokenToId(piece) ?? 0])
  core.setPostProcessor(templateProcessing(whole('$A', 0), `${whole('$A', 0)} ${whole('$B', 1)}`, pieces))
}

/** The classes that read add_bos_token and add_eos_token. */
const PUTTING_CLASS = /^(Llama|CodeLlama|Gemma|GPTNeoX|Cohere)Tokenizer(Fast)?$/
