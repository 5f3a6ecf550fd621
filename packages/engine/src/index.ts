/**
 * @file The one package that knows TensorFlow.js: tensors, ops with gradients, parameters, safetensors. Browser-safe;
 * starting an engine in Node stands behind `@trivium/engine/node`.
 */
export { valueAndGradients } from './autodiff.ts'
export * from './ops/index.ts'
export {
  countParams,
  disposeParams,
  flattenParams,
  mapParams,
  type ParamTree,
  parameterGroups,
} from './params.ts'
export { decodeSafetensors, encodeSafetensors, type HostTensor } from './safetensors.ts'
export { type ActiveEngine, activeEngine } from './state.ts'
export {
  dispose,
  intTensor,
  keep,
  memory,
  read,
  readScalar,
  scalar,
  type Tensor,
  tensor,
  tidy,
  zeros,
} from './tensor.ts'
