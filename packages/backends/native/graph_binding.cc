// What tfjs-node's binding lacks for captured steps: building a TensorFlow graph operation by operation with the shapes
// TensorFlow infers, adding it to the eager context as a function, and running that function on a thread of its own.
// The package's own binding is included as it is; this file adds to its exports.
#include <node_api.h>
#undef NAPI_MODULE
#define NAPI_MODULE(name, init)  // the registration at the end of this file takes its place
#include "tfjs_binding.cc"
#undef NAPI_MODULE

#include <napi.h>

#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/op_def.pb.h"

namespace tessera {

using tfnodejs::TFJSBackend;

// Access to members that tfjs-node keeps private: explicit instantiation may name them ([temp.spec]/6).
template <typename Tag, typename Tag::type member>
struct Reveal {
  friend typename Tag::type reveal(Tag) { return member; }
};
struct ContextOf {
  typedef TFE_Context *TFJSBackend::*type;
  friend type reveal(ContextOf);
};
template struct Reveal<ContextOf, &TFJSBackend::tfe_context_>;
struct HandlesOf {
  typedef std::unordered_map<int32_t, TFE_TensorHandle *> TFJSBackend::*type;
  friend type reveal(HandlesOf);
};
template struct Reveal<HandlesOf, &TFJSBackend::tfe_handle_map_>;
struct InsertOf {
  typedef int32_t (TFJSBackend::*type)(TFE_TensorHandle *);
  friend type reveal(InsertOf);
};
template struct Reveal<InsertOf, &TFJSBackend::InsertHandle>;

class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  operator TF_Status *() { return status_; }
  bool ok() const { return TF_GetCode(status_) == TF_OK; }
  std::string message() const { return TF_Message(status_); }
  void check(Napi::Env env, const std::string &where) const {
    if (!ok()) throw Napi::Error::New(env, where + ": " + message());
  }

 private:
  TF_Status *status_;
};

TFJSBackend *backendOf(Napi::Env env) {
  void *backend = nullptr;
  napi_get_instance_data(env, &backend);
  return static_cast<TFJSBackend *>(backend);
}

TFE_Context *contextOf(Napi::Env env) { return backendOf(env)->*reveal(ContextOf()); }

// A graph under construction. Values and operations are numbered in the order they were made.
struct Graph {
  TF_Graph *graph = TF_NewGraph();
  std::vector<TF_Output> values;
  std::vector<TF_Operation *> operations;
  ~Graph() { TF_DeleteGraph(graph); }
};

Graph &graphOf(const Napi::Value &value) { return *value.As<Napi::External<Graph>>().Data(); }

std::vector<int64_t> integers(const Napi::Value &value) {
  auto array = value.As<Napi::Array>();
  std::vector<int64_t> numbers(array.Length());
  for (uint32_t i = 0; i < numbers.size(); ++i) numbers[i] = array.Get(i).ToNumber().Int64Value();
  return numbers;
}

void setAttribute(Napi::Env env, TF_OperationDescription *description, const Napi::Object &attribute) {
  const std::string name = attribute.Get("name").ToString();
  const auto type = static_cast<TF_AttrType>(attribute.Get("type").ToNumber().Int32Value());
  const Napi::Value value = attribute.Get("value");
  const bool list = value.IsArray();
  switch (type) {
    case TF_ATTR_STRING: {
      if (list) {
        auto array = value.As<Napi::Array>();
        std::vector<std::string> texts;
        for (uint32_t i = 0; i < array.Length(); ++i) texts.push_back(array.Get(i).ToString());
        std::vector<const void *> pointers;
        std::vector<size_t> lengths;
        for (const auto &text : texts) {
          pointers.push_back(text.data());
          lengths.push_back(text.size());
        }
        TF_SetAttrStringList(description, name.c_str(), pointers.data(), lengths.data(), static_cast<int>(texts.size()));
        return;
      }
      const std::string text = value.ToString();
      TF_SetAttrString(description, name.c_str(), text.data(), text.size());
      return;
    }
    case TF_ATTR_INT:
      if (list) {
        const auto numbers = integers(value);
        TF_SetAttrIntList(description, name.c_str(), numbers.data(), static_cast<int>(numbers.size()));
      } else {
        TF_SetAttrInt(description, name.c_str(), value.ToNumber().Int64Value());
      }
      return;
    case TF_ATTR_FLOAT:
      if (list) {
        auto array = value.As<Napi::Array>();
        std::vector<float> numbers;
        for (uint32_t i = 0; i < array.Length(); ++i) numbers.push_back(array.Get(i).ToNumber().FloatValue());
        TF_SetAttrFloatList(description, name.c_str(), numbers.data(), static_cast<int>(numbers.size()));
      } else {
        TF_SetAttrFloat(description, name.c_str(), value.ToNumber().FloatValue());
      }
      return;
    case TF_ATTR_BOOL:
      TF_SetAttrBool(description, name.c_str(), value.ToBoolean() ? 1 : 0);
      return;
    case TF_ATTR_TYPE:
      TF_SetAttrType(description, name.c_str(), static_cast<TF_DataType>(value.ToNumber().Int32Value()));
      return;
    case TF_ATTR_SHAPE: {
      const auto shape = integers(value);
      TF_SetAttrShape(description, name.c_str(), shape.data(), static_cast<int>(shape.size()));
      return;
    }
    default:
      throw Napi::Error::New(env, "graphAddOperation: attribute " + name + " has an unknown type.");
  }
}

// The length of an input that is a list: its own attribute, or all inputs that are left.
size_t listLength(const tensorflow::OpDef::ArgDef &argument, const Napi::Array &attributes, size_t left) {
  const std::string &counter = argument.number_attr();
  for (uint32_t i = 0; i < attributes.Length(); ++i) {
    const auto attribute = attributes.Get(i).As<Napi::Object>();
    if (attribute.Get("name").ToString().Utf8Value() == counter) return attribute.Get("value").ToNumber().Int64Value();
  }
  return left;
}

void addInputs(Napi::Env env, const Graph &graph, TF_OperationDescription *description, const std::string &type,
               const Napi::Array &attributes, const std::vector<int64_t> &ids) {
  const tensorflow::OpDef *definition = nullptr;
  if (!tensorflow::OpRegistry::Global()->LookUpOpDef(type, &definition).ok())
    throw Napi::Error::New(env, "graphAddOperation: TensorFlow has no operation " + type + ".");
  size_t next = 0;
  for (const auto &argument : definition->input_arg()) {
    const bool list = !argument.number_attr().empty() || !argument.type_list_attr().empty();
    const size_t count = list ? listLength(argument, attributes, ids.size() - next) : 1;
    if (next + count > ids.size())
      throw Napi::Error::New(env, "graphAddOperation: " + type + " lacks its input " + argument.name() + ".");
    std::vector<TF_Output> inputs;
    for (size_t i = 0; i < count; ++i) inputs.push_back(graph.values.at(ids[next + i]));
    if (list)
      TF_AddInputList(description, inputs.data(), static_cast<int>(count));
    else
      TF_AddInput(description, inputs[0]);
    next += count;
  }
}

// { id, dtype, shape }; a dimension that TensorFlow cannot infer is -1, an unknown rank gives shape undefined.
Napi::Object describeValue(Napi::Env env, Graph &graph, TF_Output output) {
  auto result = Napi::Object::New(env);
  result.Set("id", Napi::Number::New(env, static_cast<double>(graph.values.size())));
  graph.values.push_back(output);
  result.Set("dtype", Napi::Number::New(env, TF_OperationOutputType(output)));
  Status status;
  const int rank = TF_GraphGetTensorNumDims(graph.graph, output, status);
  if (!status.ok() || rank < 0) return result;
  std::vector<int64_t> dimensions(rank);
  TF_GraphGetTensorShape(graph.graph, output, dimensions.data(), rank, status);
  auto shape = Napi::Array::New(env, rank);
  for (int i = 0; i < rank; ++i) shape.Set(i, Napi::Number::New(env, static_cast<double>(dimensions[i])));
  result.Set("shape", shape);
  return result;
}

Napi::Object describeOperation(Napi::Env env, Graph &graph, TF_Operation *operation) {
  auto result = Napi::Object::New(env);
  result.Set("operation", Napi::Number::New(env, static_cast<double>(graph.operations.size())));
  graph.operations.push_back(operation);
  const int count = TF_OperationNumOutputs(operation);
  auto outputs = Napi::Array::New(env, count);
  for (int i = 0; i < count; ++i) outputs.Set(i, describeValue(env, graph, TF_Output{operation, i}));
  result.Set("outputs", outputs);
  return result;
}

std::string freshName(const Graph &graph, const std::string &type) {
  return type + "_" + std::to_string(graph.operations.size());
}

Napi::Value graphNew(const Napi::CallbackInfo &info) {
  return Napi::External<Graph>::New(info.Env(), new Graph(), [](Napi::Env, Graph *graph) { delete graph; });
}

// graphAddOperation(graph, type, attributes, inputIds, controlOperations) → { operation, outputs: [{ id, dtype, shape }] }
Napi::Value graphAddOperation(const Napi::CallbackInfo &info) {
  const auto env = info.Env();
  Graph &graph = graphOf(info[0]);
  const std::string type = info[1].ToString();
  const auto attributes = info[2].As<Napi::Array>();
  const auto ids = integers(info[3]);
  const auto controls = integers(info[4]);
  TF_OperationDescription *description = TF_NewOperation(graph.graph, type.c_str(), freshName(graph, type).c_str());
  addInputs(env, graph, description, type, attributes, ids);
  for (const auto control : controls) TF_AddControlInput(description, graph.operations.at(control));
  for (uint32_t i = 0; i < attributes.Length(); ++i)
    setAttribute(env, description, attributes.Get(i).As<Napi::Object>());
  Status status;
  TF_Operation *operation = TF_FinishOperation(description, status);
  status.check(env, type);
  return describeOperation(env, graph, operation);
}

// graphAddConstant(graph, shape, dtype, typedArray) → as graphAddOperation
Napi::Value graphAddConstant(const Napi::CallbackInfo &info) {
  const auto env = info.Env();
  Graph &graph = graphOf(info[0]);
  const auto shape = integers(info[1]);
  const auto dtype = static_cast<TF_DataType>(info[2].ToNumber().Int32Value());
  const auto values = info[3].As<Napi::TypedArray>();
  TF_Tensor *tensor = TF_AllocateTensor(dtype, shape.data(), static_cast<int>(shape.size()), values.ByteLength());
  const auto *bytes = static_cast<const uint8_t *>(values.ArrayBuffer().Data()) + values.ByteOffset();
  if (values.ByteLength() > 0) std::memcpy(TF_TensorData(tensor), bytes, values.ByteLength());
  TF_OperationDescription *description = TF_NewOperation(graph.graph, "Const", freshName(graph, "Const").c_str());
  Status status;
  TF_SetAttrTensor(description, "value", tensor, status);
  TF_DeleteTensor(tensor);
  status.check(env, "Const");
  TF_SetAttrType(description, "dtype", dtype);
  TF_Operation *operation = TF_FinishOperation(description, status);
  status.check(env, "Const");
  return describeOperation(env, graph, operation);
}

std::vector<TF_Output> outputsOf(const Graph &graph, const Napi::Value &ids) {
  std::vector<TF_Output> outputs;
  for (const auto id : integers(ids)) outputs.push_back(graph.values.at(id));
  return outputs;
}

// functionAdd(graph, name, inputIds, outputIds): makes the graph a function that executeOp can call by its name.
Napi::Value functionAdd(const Napi::CallbackInfo &info) {
  const auto env = info.Env();
  Graph &graph = graphOf(info[0]);
  const std::string name = info[1].ToString();
  const auto inputs = outputsOf(graph, info[2]);
  const auto outputs = outputsOf(graph, info[3]);
  Status status;
  TF_Function *function =
      TF_GraphToFunction(graph.graph, name.c_str(), 0, -1, nullptr, static_cast<int>(inputs.size()), inputs.data(),
                         static_cast<int>(outputs.size()), outputs.data(), nullptr, nullptr, "", status);
  status.check(env, "functionAdd");
  TFE_ContextAddFunction(contextOf(env), function, status);
  TF_DeleteFunction(function);
  status.check(env, "functionAdd");
  return env.Undefined();
}

Napi::Value functionRemove(const Napi::CallbackInfo &info) {
  Status status;
  TFE_ContextRemoveFunction(contextOf(info.Env()), info[0].ToString().Utf8Value().c_str(), status);
  status.check(info.Env(), "functionRemove");
  return info.Env().Undefined();
}

// Runs one function off JavaScript's thread and settles a promise with its outputs' { id, dtype, shape }.
class FunctionCall : public Napi::AsyncWorker {
 public:
  FunctionCall(Napi::Env env, const std::string &name, const std::vector<int64_t> &ids, int count,
               const std::string &config)
      : Napi::AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)), outputs_(count) {
    Status status;
    call_ = TFE_NewOp(contextOf(env), name.c_str(), status);
    status.check(env, name);
    if (!config.empty()) TFE_OpSetAttrString(call_, "config_proto", config.data(), config.size());
    const auto &handles = backendOf(env)->*reveal(HandlesOf());
    for (const auto id : ids) {
      TFE_OpAddInput(call_, handles.at(static_cast<int32_t>(id)), status);
      if (!status.ok()) {
        TFE_DeleteOp(call_);
        status.check(env, name);
      }
    }
  }
  ~FunctionCall() override { TFE_DeleteOp(call_); }
  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    Status status;
    int count = static_cast<int>(outputs_.size());
    TFE_Execute(call_, outputs_.data(), &count, status);
    if (!status.ok()) SetError(status.message());
  }
  void OnOK() override {
    auto env = Env();
    auto result = Napi::Array::New(env, outputs_.size());
    for (size_t i = 0; i < outputs_.size(); ++i) {
      Status status;
      TFE_TensorHandle *handle = outputs_[i];
      const int rank = TFE_TensorHandleNumDims(handle, status);
      auto shape = Napi::Array::New(env, rank);
      for (int d = 0; d < rank; ++d)
        shape.Set(d, Napi::Number::New(env, static_cast<double>(TFE_TensorHandleDim(handle, d, status))));
      auto described = Napi::Object::New(env);
      described.Set("id", Napi::Number::New(env, (backendOf(env)->*reveal(InsertOf()))(handle)));
      described.Set("dtype", Napi::Number::New(env, TFE_TensorHandleDataType(handle)));
      described.Set("shape", shape);
      result.Set(i, described);
    }
    deferred_.Resolve(result);
  }
  void OnError(const Napi::Error &error) override { deferred_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred deferred_;
  std::vector<TFE_TensorHandle *> outputs_;
  TFE_Op *call_;
};

// functionCall(name, inputIds, numOutputs, serializedConfigProto?) → Promise<{ id, dtype, shape }[]>
Napi::Value functionCall(const Napi::CallbackInfo &info) {
  std::string config;
  if (info.Length() > 3 && info[3].IsTypedArray()) {
    const auto bytes = info[3].As<Napi::Uint8Array>();
    config.assign(reinterpret_cast<const char *>(bytes.Data()), bytes.ByteLength());
  }
  auto *call =
      new FunctionCall(info.Env(), info[0].ToString(), integers(info[1]), info[2].ToNumber().Int32Value(), config);
  auto promise = call->promise();
  call->Queue();
  return promise;
}

}  // namespace tessera

NAPI_MODULE_INIT() {
  napi_value result = tfnodejs::InitTFNodeJSBinding(env, exports);
  if (!result) return nullptr;
  Napi::Object object(env, result);
  object.Set("graphNew", Napi::Function::New(env, tessera::graphNew));
  object.Set("graphAddOperation", Napi::Function::New(env, tessera::graphAddOperation));
  object.Set("graphAddConstant", Napi::Function::New(env, tessera::graphAddConstant));
  object.Set("functionAdd", Napi::Function::New(env, tessera::functionAdd));
  object.Set("functionRemove", Napi::Function::New(env, tessera::functionRemove));
  object.Set("functionCall", Napi::Function::New(env, tessera::functionCall));
  return result;
}
