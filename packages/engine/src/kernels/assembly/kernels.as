/** Entry of the module: everything that TypeScript may call. Pointers are byte addresses in the shared heap. */
export { scratchBytes, sgemm } from './sgemm'
export {
  attentionSoftmaxBackward,
  attentionSoftmaxForward,
  crossEntropyBackward,
  crossEntropyForward,
  embeddingBackward,
  embeddingForward,
  firstOutOfRange,
  rmsNormBackward,
  rmsNormForward,
} from './rows'
export { ropeForward, shortConvBackward, shortConvForward } from './sequence'
export {
  adamw,
  addInto,
  copyBytes,
  ema,
  expInto,
  relu2Backward,
  relu2Forward,
  sumSquares,
  swigluBackward,
  swigluForward,
} from './elementwise'
