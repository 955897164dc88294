import {bert} from './encoders/bert.ts'
import {deberta} from './encoders/deberta.ts'
import {deit} from './encoders/deit.ts'
import {dinov2} from './encoders/dinov2.ts'
import {distilbert} from './encoders/distilbert.ts'
import {electra} from './encoders/electra.ts'
import {modernbert} from './encoders/modernbert.ts'
import {roberta} from './encoders/roberta.ts'
import {vit} from './encoders/vit.ts'
import {gemma} from './gemma.ts'
import {gemma2} from './gemma2.ts'
import {gemma3} from './gemma3.ts'
import {gptNeox} from './gpt-neox.ts'
import {gpt2} from './gpt2.ts'
import {granite} from './granite.ts'
import {llama} from './llama.ts'
import {mistral} from './mistral.ts'
import type {Architecture} from './model.ts'
import {olmo2} from './olmo2.ts'
import {olmo3} from './olmo3.ts'
import {phi3} from './phi3.ts'
import {qwen2} from './qwen2.ts'
import {qwen3} from './qwen3.ts'
import {smollm3} from './smollm3.ts'

/** Every architecture, by the `model_type` of its config.json. */
export const ARCHITECTURES = {
  bert,
  'deberta-v2': deberta,
  deit,
  dinov2,
  distilbert,
  electra,
  gemma,
  gemma2,
  gemma3_text: gemma3,
  gpt2,
  gpt_neox: gptNeox,
  granite,
  llama,
  mistral,
  modernbert,
  olmo2,
  olmo3,
  phi3,
  qwen2,
  qwen3,
  roberta,
  smollm3,
  vit,
  'xlm-roberta': roberta,
} satisfies Record<string, Architecture>
