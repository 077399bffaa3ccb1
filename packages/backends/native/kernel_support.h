// What the kernels share: TensorFlow's names, threads, inputs and outputs. Each kernel file includes it for itself alone.
#pragma once
#include <algorithm>
#include <functional>
#include <vector>

#include "math.h"
#include "tensorflow/core/framework/common_shape_fns.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/shape_inference.h"
#include "tensorflow/core/util/work_sharder.h"

namespace tessera_kernels {

namespace math = tessera_math;
using tensorflow::DEVICE_CPU;
using tensorflow::OpKernel;
using tensorflow::OpKernelConstruction;
using tensorflow::OpKernelContext;
using tensorflow::Tensor;
using tensorflow::TensorShape;
using tensorflow::shape_inference::InferenceContext;
using tensorflow::shape_inference::ShapeHandle;

// Less work than this, in cycles, is done before another thread would have woken up for its share.
constexpr int64_t worthWaking = 300'000;

// Runs `work` over [0, total) on TensorFlow's threads; `cost` is about the cycles of one unit.
inline void parallel(OpKernelContext *context, int64_t total, int64_t cost,
                     const std::function<void(int64_t, int64_t)> &work) {
  if (total * cost < worthWaking) {
    if (total > 0) work(0, total);
    return;
  }
  const auto &threads = *context->device()->tensorflow_cpu_worker_threads();
  tensorflow::Shard(threads.num_threads, threads.workers, total, std::max<int64_t>(cost, 1), work);
}

inline const float *floats(OpKernelContext *context, int index) { return context->input(index).flat<float>().data(); }

inline math::Seed seedOf(const Tensor &tensor) {
  const auto values = tensor.flat<int32_t>();
  return {values(0), values(1)};
}

inline Tensor *output(OpKernelContext *context, int index, const TensorShape &shape) {
  Tensor *tensor = nullptr;
  const auto status = context->allocate_output(index, shape, &tensor);
  if (!status.ok()) context->CtxFailure(status);
  return tensor;
}

// The first output takes over the input's memory where nobody else needs it.
inline Tensor *outputOver(OpKernelContext *context, int input, const TensorShape &shape) {
  Tensor *tensor = nullptr;
  const auto status = context->forward_input_or_allocate_output({input}, 0, shape, &tensor);
  if (!status.ok()) context->CtxFailure(status);
  return tensor;
}

// Shape function: the outputs are shaped like the inputs of these numbers, one after the other.
template <int... inputs>
tensorflow::Status shapedLike(InferenceContext *context) {
  int output = 0;
  (context->set_output(output++, context->input(inputs)), ...);
  return tensorflow::OkStatus();
}

// Fills an output that lies over the first input where nobody else needs that: `work` gets the first index and the number
// of values of its share, and where they go. `cost` is for one value.
inline void elementwise(OpKernelContext *context, int64_t cost,
                        const std::function<void(int64_t first, int64_t count, float *y)> &work) {
  Tensor *tensor = outputOver(context, 0, context->input(0).shape());
  if (!tensor) return;
  float *y = tensor->flat<float>().data();
  parallel(context, tensor->NumElements(), cost,
           [&](int64_t first, int64_t last) { work(first, last - first, y + first); });
}

// Sums that each thread's share adds to, joined at the end in an order that does not depend on who was first.
template <typename Number>
class Partial {
 public:
  Partial(int64_t blocks, int64_t size) : size_(size), values_(static_cast<size_t>(blocks * size)) {}
  Number *of(int64_t block) { return values_.data() + block * size_; }
  // The sums, each times its factor if there are factors.
  template <typename Target>
  void into(Target *target, const float *factors = nullptr) const {
    for (int64_t i = 0; i < size_; ++i) {
      Number total = 0;
      for (size_t at = static_cast<size_t>(i); at < values_.size(); at += static_cast<size_t>(size_)) total += values_[at];
      target[i] = static_cast<Target>(factors ? total * factors[i] : total);
    }
  }

 private:
  int64_t size_;
  std::vector<Number> values_;
};

// Cuts rows into equal blocks, of which each runs on one thread; the cut depends on the sizes alone.
struct Blocks {
  Blocks(int64_t rows, int64_t size)
      : rows(rows), count(std::clamp<int64_t>(rows * size / 32768, 1, 16)), each((rows + count - 1) / count) {}
  void run(OpKernelContext *context, int64_t cost,
           const std::function<void(int64_t block, int64_t first, int64_t rows)> &work) const {
    parallel(context, count, each * cost, [&](int64_t from, int64_t to) {
      for (int64_t block = from; block < to; ++block) {
        const int64_t first = block * each;
        if (first < rows) work(block, first, std::min(each, rows - first));
      }
    });
  }
  int64_t rows, count, each;
};

}  // namespace tessera_kernels
