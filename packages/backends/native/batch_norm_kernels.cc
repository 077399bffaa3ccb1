// Batch normalisation of [M, C], by the statistics of all rows or of those that count, with the residual sum and ReLU that
// follow it.
#include <cmath>

#include "kernel_support.h"

namespace {

using namespace tessera_kernels;

REGISTER_OP("TesseraAffine")
    .Input("x: float")
    .Input("scale: float")
    .Input("offset: float")
    .Input("residual: residual_count * float")
    .Attr("residual_count: int >= 0")
    .Attr("relu: bool")
    .Output("y: float")
    .SetShapeFn(shapedLike<0>);

// The residual input that may follow so many others.
const float *residualOf(OpKernelContext *context, int others) {
  return context->num_inputs() > others ? floats(context, others) : nullptr;
}

class Affine : public OpKernel {
 public:
  explicit Affine(OpKernelConstruction *construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("relu", &relu_));
  }
  void Compute(OpKernelContext *context) override {
    const auto &shape = context->input(0).shape();
    const int64_t rows = shape.dim_size(0), size = shape.dim_size(1);
    const float *x = floats(context, 0), *scale = floats(context, 1), *offset = floats(context, 2);
    const float *residual = residualOf(context, 3);
    Tensor *tensor = outputOver(context, 0, shape);
    if (!tensor) return;
    float *y = tensor->flat<float>().data();
    parallel(context, rows, size, [&](int64_t first, int64_t last) {
      math::affine(last - first, size, relu_, x + first * size, scale, offset,
                   residual ? residual + first * size : nullptr, y + first * size);
    });
  }

 private:
  bool relu_;
};
REGISTER_KERNEL_BUILDER(Name("TesseraAffine").Device(DEVICE_CPU), Affine);

REGISTER_OP("TesseraBatchNorm")
    .Input("x: float")
    .Input("scale: float")
    .Input("offset: float")
    .Input("residual: residual_count * float")
    .Attr("residual_count: int >= 0")
    .Attr("epsilon: float")
    .Attr("relu: bool")
    .Output("y: float")
    .Output("mean: float")
    .Output("variance: float")
    .Output("inverse_std: float")
    .SetShapeFn(shapedLike<0, 1, 1, 1>);

// The statistics' rows count equally, or by their `shares` [M, 1], whose sum is 1. Where `any` is 0 none counts, and the
// running statistics stand in.
REGISTER_OP("TesseraBatchNormCounted")
    .Input("x: float")
    .Input("scale: float")
    .Input("offset: float")
    .Input("shares: float")
    .Input("any: float")
    .Input("running_mean: float")
    .Input("running_variance: float")
    .Input("residual: residual_count * float")
    .Attr("residual_count: int >= 0")
    .Attr("epsilon: float")
    .Attr("relu: bool")
    .Output("y: float")
    .Output("mean: float")
    .Output("variance: float")
    .Output("inverse_std: float")
    .SetShapeFn(shapedLike<0, 1, 1, 1>);

template <bool counted>
class BatchNorm : public OpKernel {
 public:
  explicit BatchNorm(OpKernelConstruction *construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("relu", &relu_));
    OP_REQUIRES_OK(construction, construction->GetAttr("epsilon", &epsilon_));
  }
  void Compute(OpKernelContext *context) override {
    const auto &shape = context->input(0).shape();
    const int64_t rows = shape.dim_size(0), size = shape.dim_size(1);
    const float *x = floats(context, 0), *scale = floats(context, 1), *offset = floats(context, 2);
    const float *residual = residualOf(context, counted ? 7 : 3);
    const TensorShape vector({size});
    Tensor *outputs[] = {output(context, 0, shape), output(context, 1, vector), output(context, 2, vector),
                         output(context, 3, vector)};
    for (const Tensor *tensor : outputs)
      if (!tensor) return;
    float *y = outputs[0]->flat<float>().data(), *mean = outputs[1]->flat<float>().data();
    float *variance = outputs[2]->flat<float>().data(), *inverse = outputs[3]->flat<float>().data();
    const Blocks blocks(rows, size);
    statistics(context, blocks, size, mean, variance);
    std::vector<float> factor(static_cast<size_t>(size)), shift(static_cast<size_t>(size));
    for (int64_t i = 0; i < size; ++i) {
      inverse[i] = 1.0f / std::sqrt(variance[i] + epsilon_);
      factor[i] = scale[i] * inverse[i];
      shift[i] = offset[i] - mean[i] * factor[i];
    }
    blocks.run(context, size, [&](int64_t, int64_t first, int64_t count) {
      math::affine(count, size, relu_, x + first * size, factor.data(), shift.data(),
                   residual ? residual + first * size : nullptr, y + first * size);
    });
  }

 private:
  static void statistics(OpKernelContext *context, const Blocks &blocks, int64_t size, float *mean, float *variance) {
    if constexpr (counted) {
      if (context->input(4).scalar<float>()() == 0) {
        std::copy_n(floats(context, 5), size, mean);
        std::copy_n(floats(context, 6), size, variance);
        return;
      }
      moments(context, blocks, size, floats(context, 3), 1.0, mean, variance);
    } else {
      moments(context, blocks, size, nullptr, static_cast<double>(blocks.rows), mean, variance);
    }
  }

  // Moments about the first row, so that a large mean costs no digits; `total` is the sum of the rows' weights.
  static void moments(OpKernelContext *context, const Blocks &blocks, int64_t size, const float *weights, double total,
                      float *mean, float *variance) {
    const float *x = floats(context, 0);
    Partial<double> sums(blocks.count, size), squares(blocks.count, size);
    blocks.run(context, size, [&](int64_t block, int64_t first, int64_t count) {
      math::columnMoments(count, size, x + first * size, x, weights ? weights + first : nullptr, sums.of(block),
                          squares.of(block));
    });
    std::vector<double> sum(static_cast<size_t>(size)), square(static_cast<size_t>(size));
    sums.into(sum.data());
    squares.into(square.data());
    for (int64_t i = 0; i < size; ++i) {
      const double centre = sum[i] / total;
      mean[i] = static_cast<float>(x[i] + centre);
      variance[i] = static_cast<float>(std::max(square[i] / total - centre * centre, 0.0));
    }
  }
  bool relu_;
  float epsilon_;
};
REGISTER_KERNEL_BUILDER(Name("TesseraBatchNorm").Device(DEVICE_CPU), BatchNorm<false>);
REGISTER_KERNEL_BUILDER(Name("TesseraBatchNormCounted").Device(DEVICE_CPU), BatchNorm<true>);

tensorflow::Status gradientShapes(InferenceContext *context) {
  for (int i = 3; i < context->num_outputs(); ++i) context->set_output(i, context->input(1));
  return shapedLike<1, 3, 3>(context);
}

REGISTER_OP("TesseraBatchNormGrad")
    .Input("dy: float")
    .Input("x: float")
    .Input("y: float")
    .Input("scale: float")
    .Input("mean: float")
    .Input("inverse_std: float")
    .Attr("relu: bool")
    .Attr("residual_count: int >= 0")
    .Output("dx: float")
    .Output("d_scale: float")
    .Output("d_offset: float")
    .Output("d_residual: residual_count * float")
    .SetShapeFn(gradientShapes);

REGISTER_OP("TesseraBatchNormCountedGrad")
    .Input("dy: float")
    .Input("x: float")
    .Input("y: float")
    .Input("scale: float")
    .Input("mean: float")
    .Input("inverse_std: float")
    .Input("shares: float")
    .Attr("relu: bool")
    .Attr("residual_count: int >= 0")
    .Output("dx: float")
    .Output("d_scale: float")
    .Output("d_offset: float")
    .Output("d_residual: residual_count * float")
    .SetShapeFn(gradientShapes);

template <bool counted>
class BatchNormGradient : public OpKernel {
 public:
  explicit BatchNormGradient(OpKernelConstruction *construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("relu", &relu_));
  }
  void Compute(OpKernelContext *context) override {
    const auto &shape = context->input(1).shape();
    const int64_t rows = shape.dim_size(0), size = shape.dim_size(1);
    const float *dy = floats(context, 0), *x = floats(context, 1), *y = floats(context, 2);
    const float *scale = floats(context, 3), *mean = floats(context, 4), *inverse = floats(context, 5);
    const TensorShape vector({size});
    Tensor *dxTensor = output(context, 0, shape);
    Tensor *dScale = output(context, 1, vector);
    Tensor *dOffset = output(context, 2, vector);
    Tensor *residual = context->num_outputs() > 3 ? output(context, 3, shape) : nullptr;
    if (!dxTensor || !dScale || !dOffset || (context->num_outputs() > 3 && !residual)) return;
    float *dx = dxTensor->flat<float>().data();
    float *through = residual ? residual->flat<float>().data() : nullptr;
    const Blocks blocks(rows, size);
    Partial<double> offsets(blocks.count, size), scales(blocks.count, size);
    blocks.run(context, size * 2, [&](int64_t block, int64_t first, int64_t count) {
      math::batchNormSums(count, size, relu_, dy + first * size, x + first * size, y + first * size, mean,
                          offsets.of(block), scales.of(block));
    });
    offsets.into(dOffset->flat<float>().data());
    scales.into(dScale->flat<float>().data(), inverse);
    std::vector<float> factor(static_cast<size_t>(size));
    for (int64_t i = 0; i < size; ++i) factor[i] = scale[i] * inverse[i];
    std::vector<float> equal(counted ? 0 : static_cast<size_t>(rows), 1.0f / static_cast<float>(rows));
    const float *shares = counted ? floats(context, 6) : equal.data();
    const math::BatchNormGradients sums{mean, inverse, factor.data(), dOffset->flat<float>().data(),
                                        dScale->flat<float>().data()};
    blocks.run(context, size * 2, [&](int64_t, int64_t first, int64_t count) {
      math::batchNormInput(count, size, relu_, dy + first * size, x + first * size, y + first * size, shares + first, sums,
                           dx + first * size, through ? through + first * size : nullptr);
    });
  }

 private:
  bool relu_;
};
REGISTER_KERNEL_BUILDER(Name("TesseraBatchNormGrad").Device(DEVICE_CPU), BatchNormGradient<false>);
REGISTER_KERNEL_BUILDER(Name("TesseraBatchNormCountedGrad").Device(DEVICE_CPU), BatchNormGradient<true>);

}  // namespace
