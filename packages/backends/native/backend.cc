// tfjs-node hands TensorFlow the memory of JavaScript's typed arrays and lets go of the array when TensorFlow frees the tensor:
// on whichever thread that happens, though Node allows it on JavaScript's alone (https://nodejs.org/api/n-api.html: references),
// and only where the array happens to lie on a boundary of 64 bytes, since TensorFlow copies all others. Here all are copied.
#include <cstring>

#include "tensorflow/c/tf_tensor.h"

namespace tessera {
static TF_Tensor *copiedTensor(TF_DataType dtype, const int64_t *dimensions, int rank, void *values, size_t bytes,
                               void (*letGo)(void *, size_t, void *), void *argument) {
  TF_Tensor *tensor = TF_AllocateTensor(dtype, dimensions, rank, bytes);
  if (bytes > 0) std::memcpy(TF_TensorData(tensor), values, bytes);
  letGo(values, bytes, argument);
  return tensor;
}
}  // namespace tessera

#define TF_NewTensor tessera::copiedTensor
#include "tfjs_backend.cc"
