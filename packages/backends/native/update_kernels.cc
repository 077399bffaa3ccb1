// What ends a training step, for many variables at once: AdamW and running statistics in place, the norm of gradients.
// A model of small layers has hundreds of variables, and an operation for each would cost more than its arithmetic.
#include <cmath>
#include <numeric>

#include "kernel_support.h"
#include "tensorflow/core/framework/resource_mgr.h"
#include "tensorflow/core/framework/resource_var.h"

namespace {

using namespace tessera_kernels;
using tensorflow::OpInputList;
using tensorflow::Status;

// A share of one of several arrays.
struct Span {
  int array;
  int64_t first, count;
};

// Cuts arrays into shares; the cut depends on the sizes alone.
std::vector<Span> spansOf(const OpInputList &arrays) {
  constexpr int64_t length = 16384;
  std::vector<Span> spans;
  for (int array = 0; array < arrays.size(); ++array) {
    const int64_t size = arrays[array].NumElements();
    for (int64_t first = 0; first < size; first += length) spans.push_back({array, first, std::min(length, size - first)});
  }
  return spans;
}

// Runs `work` on each share on TensorFlow's threads, with its number; `cost` is for one value.
void overSpans(OpKernelContext *context, const std::vector<Span> &spans, int64_t cost,
               const std::function<void(size_t, const Span &)> &work) {
  int64_t total = 0;
  for (const auto &span : spans) total += span.count;
  const auto count = static_cast<int64_t>(spans.size());
  if (count == 0) return;
  parallel(context, count, cost * (total / count), [&](int64_t from, int64_t to) {
    for (auto i = static_cast<size_t>(from); i < static_cast<size_t>(to); ++i) work(i, spans[i]);
  });
}

const float *valuesOf(const OpInputList &arrays, const Span &span) {
  return arrays[span.array].flat<float>().data() + span.first;
}

// The variables behind a list of handles, held while their memory is written.
class Variables {
 public:
  // Fails unless they are as large as `values`. A variable whose old value somebody still holds gets a copy of it first.
  Status open(OpKernelContext *context, const char *name, const OpInputList &values) {
    OpInputList handles;
    TF_RETURN_IF_ERROR(context->input_list(name, &handles));
    for (int i = 0; i < handles.size(); ++i) {
      tensorflow::core::RefCountPtr<tensorflow::Var> variable;
      TF_RETURN_IF_ERROR(LookupResource(context, handles[i].scalar<tensorflow::ResourceHandle>()(), &variable));
      if (variable->tensor()->NumElements() != values[i].NumElements())
        return tensorflow::errors::InvalidArgument(context->op_kernel().type_string(),
                                                   ": a value's size differs from its variable's.");
      TF_RETURN_IF_ERROR(makeWritable(context, *variable));
      memory_.push_back(variable->tensor()->flat<float>().data());
      held_.push_back(std::move(variable));
    }
    return tensorflow::OkStatus();
  }
  float *of(const Span &span) const { return memory_[static_cast<size_t>(span.array)] + span.first; }

 private:
  static Status makeWritable(OpKernelContext *context, tensorflow::Var &variable) {
    tensorflow::mutex_lock lock(*variable.mu());
    if (variable.tensor()->RefCountIsOne()) return tensorflow::OkStatus();
    Tensor copy;
    TF_RETURN_IF_ERROR(context->allocate_temp(tensorflow::DT_FLOAT, variable.tensor()->shape(), &copy));
    const float *from = variable.tensor()->flat<float>().data();
    std::copy(from, from + copy.NumElements(), copy.flat<float>().data());
    *variable.tensor() = copy;
    return tensorflow::OkStatus();
  }
  std::vector<tensorflow::core::RefCountPtr<tensorflow::Var>> held_;
  std::vector<float *> memory_;
};

// ── AdamW in place ──────────────────────────────────────────────────────────────────────────────────────────────────

REGISTER_OP("TesseraApplyAdamW")
    .Input("parameter: count * resource")
    .Input("m: count * resource")
    .Input("v: count * resource")
    .Input("gradient: count * float")
    .Input("learning_rate: float")
    .Input("correction1: float")
    .Input("correction2: float")
    .Input("scale: float")
    .Attr("count: int >= 1")
    .Attr("beta1: float")
    .Attr("beta2: float")
    .Attr("epsilon: float")
    .Attr("weight_decay: list(float)")
    .SetIsStateful()
    .SetShapeFn(tensorflow::shape_inference::NoOutputs);

// What all variables of one update share: attributes, and the last four inputs, which are scalars.
class AdamWBase : public OpKernel {
 public:
  explicit AdamWBase(OpKernelConstruction *construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("beta1", &options_.beta1));
    OP_REQUIRES_OK(construction, construction->GetAttr("beta2", &options_.beta2));
    OP_REQUIRES_OK(construction, construction->GetAttr("epsilon", &options_.epsilon));
    OP_REQUIRES_OK(construction, construction->GetAttr("weight_decay", &weightDecay_));
  }

 protected:
  // The numbers for the array of this index.
  math::AdamW optionsOf(OpKernelContext *context, int array) const {
    math::AdamW options = options_;
    const int last = context->num_inputs();
    const auto number = [&](int back) { return context->input(last - back).scalar<float>()(); };
    options.learningRate = number(4);
    options.correction1 = number(3);
    options.correction2 = number(2);
    options.scale = number(1);
    options.weightDecay = weightDecay_[static_cast<size_t>(array)];
    return options;
  }
  size_t numDecays() const { return weightDecay_.size(); }

 private:
  math::AdamW options_;
  std::vector<float> weightDecay_;
};

class ApplyAdamW : public AdamWBase {
 public:
  using AdamWBase::AdamWBase;
  void Compute(OpKernelContext *context) override {
    OpInputList gradients;
    OP_REQUIRES_OK(context, context->input_list("gradient", &gradients));
    OP_REQUIRES(context, numDecays() == static_cast<size_t>(gradients.size()),
                tensorflow::errors::InvalidArgument("TesseraApplyAdamW: weight_decay must have one number per variable."));
    Variables parameters, m, v;
    OP_REQUIRES_OK(context, parameters.open(context, "parameter", gradients));
    OP_REQUIRES_OK(context, m.open(context, "m", gradients));
    OP_REQUIRES_OK(context, v.open(context, "v", gradients));
    overSpans(context, spansOf(gradients), 6, [&](size_t, const Span &span) {
      math::adamW(optionsOf(context, span.array), span.count, valuesOf(gradients, span), parameters.of(span), m.of(span),
                  v.of(span));
    });
  }
};
REGISTER_KERNEL_BUILDER(Name("TesseraApplyAdamW").Device(DEVICE_CPU), ApplyAdamW);

REGISTER_OP("TesseraAdamW")
    .Input("parameter: float")
    .Input("m: float")
    .Input("v: float")
    .Input("gradient: float")
    .Input("learning_rate: float")
    .Input("correction1: float")
    .Input("correction2: float")
    .Input("scale: float")
    .Attr("beta1: float")
    .Attr("beta2: float")
    .Attr("epsilon: float")
    .Attr("weight_decay: list(float)")
    .Output("next_parameter: float")
    .Output("next_m: float")
    .Output("next_v: float")
    .SetShapeFn(shapedLike<0, 1, 2>);

class AdamW : public AdamWBase {
 public:
  using AdamWBase::AdamWBase;
  void Compute(OpKernelContext *context) override {
    const int64_t count = context->input(3).NumElements();
    float *values[3];
    for (int i = 0; i < 3; ++i) {
      OP_REQUIRES(context, context->input(i).NumElements() == count,
                  tensorflow::errors::InvalidArgument("TesseraAdamW: parameter, m, v and gradient must have one size."));
      Tensor *tensor = output(context, i, context->input(i).shape());
      if (!tensor) return;
      values[i] = tensor->flat<float>().data();
    }
    const auto options = optionsOf(context, 0);
    const float *before[] = {floats(context, 0), floats(context, 1), floats(context, 2)};
    const float *gradient = floats(context, 3);
    parallel(context, count, 8, [&](int64_t first, int64_t last) {
      for (int i = 0; i < 3; ++i) std::copy(before[i] + first, before[i] + last, values[i] + first);
      math::adamW(options, last - first, gradient + first, values[0] + first, values[1] + first, values[2] + first);
    });
  }
};
REGISTER_KERNEL_BUILDER(Name("TesseraAdamW").Device(DEVICE_CPU), AdamW);

// ── Running statistics in place ─────────────────────────────────────────────────────────────────────────────────────

REGISTER_OP("TesseraApplyBlend")
    .Input("variable: count * resource")
    .Input("value: count * float")
    .Attr("count: int >= 1")
    .Attr("kept: list(float)")
    .Attr("share: list(float)")
    .SetIsStateful()
    .SetShapeFn(tensorflow::shape_inference::NoOutputs);

class ApplyBlend : public OpKernel {
 public:
  explicit ApplyBlend(OpKernelConstruction *construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("kept", &kept_));
    OP_REQUIRES_OK(construction, construction->GetAttr("share", &share_));
  }
  void Compute(OpKernelContext *context) override {
    OpInputList values;
    OP_REQUIRES_OK(context, context->input_list("value", &values));
    const auto count = static_cast<size_t>(values.size());
    OP_REQUIRES(context, kept_.size() == count && share_.size() == count,
                tensorflow::errors::InvalidArgument("TesseraApplyBlend: kept and share must have one number per variable."));
    Variables variables;
    OP_REQUIRES_OK(context, variables.open(context, "variable", values));
    overSpans(context, spansOf(values), 1, [&](size_t, const Span &span) {
      const auto array = static_cast<size_t>(span.array);
      math::blend(span.count, kept_[array], share_[array], valuesOf(values, span), variables.of(span));
    });
  }

 private:
  std::vector<float> kept_, share_;
};
REGISTER_KERNEL_BUILDER(Name("TesseraApplyBlend").Device(DEVICE_CPU), ApplyBlend);

// ── Σ x² ────────────────────────────────────────────────────────────────────────────────────────────────────────────

REGISTER_OP("TesseraSumOfSquares")
    .Input("x: count * float")
    .Attr("count: int >= 1")
    .Output("y: float")
    .SetShapeFn(tensorflow::shape_inference::ScalarShape);

class SumOfSquares : public OpKernel {
 public:
  using OpKernel::OpKernel;
  void Compute(OpKernelContext *context) override {
    OpInputList arrays;
    OP_REQUIRES_OK(context, context->input_list("x", &arrays));
    Tensor *y = output(context, 0, TensorShape({}));
    if (!y) return;
    const auto spans = spansOf(arrays);
    std::vector<double> sums(spans.size());
    overSpans(context, spans, 1, [&](size_t i, const Span &span) {
      sums[i] = math::sumOfSquares(span.count, valuesOf(arrays, span));
    });
    y->scalar<float>()() = static_cast<float>(std::accumulate(sums.begin(), sums.end(), 0.0));
  }
};
REGISTER_KERNEL_BUILDER(Name("TesseraSumOfSquares").Device(DEVICE_CPU), SumOfSquares);

}  // namespace
