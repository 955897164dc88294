// Writes the files of the mini DeBERTa except its weights: `npx tsx scripts/mini/glue/model.ts`.
import {writeJson} from '../json.ts'
import {miniTokenizer} from './tokenizer.ts'

const model = writeJson('deberta-mini')
const tokenizer = miniTokenizer()
const cls = '[CLS]'
const sep = '[SEP]'
const names = {pad_token: '[PAD]', cls_token: cls, sep_token: sep, unk_token: '[UNK]', mask_token: '[MASK]'}
const positions = 64

model('tokenizer.json', tokenizer)
model('tokenizer_config.json', {
  ...names,
  bos_token: cls,
  eos_token: sep,
  do_lower_case: false,
  model_max_length: positions,
  split_by_punct: false,
  tokenizer_class: 'DebertaV2TokenizerFast',
})
model('config.json', {
  architectures: ['DebertaV2ForSequenceClassification'],
  model_type: 'deberta-v2',
  torch_dtype: 'bfloat16',
  vocab_size: tokenizer.model.vocab.length,
  hidden_size: 96,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  intermediate_size: 288,
  hidden_act: 'gelu',
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
  max_position_embeddings: positions,
  type_vocab_size: 0,
  layer_norm_eps: 1e-7,
  initializer_range: 0.08,
  relative_attention: true,
  max_relative_positions: -1,
  position_buckets: 16,
  position_biased_input: false,
  pos_att_type: 'p2c|c2p',
  share_att_key: true,
  norm_rel_ebd: 'layer_norm',
  pooler_dropout: 0,
  pooler_hidden_act: 'gelu',
  pooler_hidden_size: 96,
  pad_token_id: 0,
})
