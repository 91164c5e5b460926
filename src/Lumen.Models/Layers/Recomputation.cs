using static TorchSharp.torch;

namespace Lumen.Models.Layers;

/// <summary>
/// Gradient checkpointing (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost"): of a block only the inputs are kept for the
/// gradient; what lies between them and the output is computed again when the gradient comes.
/// </summary>
internal static class Recomputation
{
    /// <summary>
    /// Runs a block; where a gradient will be asked for, without keeping what it computes. The gradients of its weights are added to them
    /// when the gradient of the output is computed, as without this.
    /// </summary>
    /// <param name="block">
    /// Must depend on its weights and inputs only and must hold no tensors: it outlives the forward pass, and runs once more.
    /// </param>
    /// <param name="inputs">Its inputs. Where none of them takes a gradient, the block runs as it is.</param>
    /// <returns>The block's output, in the caller's scope.</returns>
    public static Tensor Apply(Func<IReadOnlyList<Tensor>, Tensor> block, params Tensor[] inputs)
    {
        if (!is_grad_enabled() || !inputs.Any(input => input.requires_grad))
            return block(inputs);
        using var scope = NewDisposeScope();
        return Differentiable.apply([block, .. inputs]).MoveToOuterDisposeScope();
    }

    private sealed class Differentiable : autograd.SingleTensorFunction<Differentiable>
    {
        public override string Name => nameof(Recomputation);

        public override Tensor forward(autograd.AutogradContext context, params object[] inputs)
        {
            var block = (Func<IReadOnlyList<Tensor>, Tensor>)inputs[0];
            var tensors = inputs.Skip(1).Cast<Tensor>().ToList();
            KeptForGradient.Save(context, inputs, tensors);
            context.save_data("block", block);
            context.save_data("differentiable", tensors.Select(input => input.requires_grad).ToArray());
            using var frozen = no_grad();
            return block(tensors);
        }

        public override List<Tensor> backward(autograd.AutogradContext context, Tensor gradient) =>
            KeptForGradient.Use(
                context,
                gradient,
                saved =>
                {
                    var block = (Func<IReadOnlyList<Tensor>, Tensor>)context.get_data("block");
                    var differentiable = (bool[])context.get_data("differentiable");
                    var inputs = saved.Select((input, i) => input.detach().requires_grad_(differentiable[i])).ToList();
                    using (enable_grad())
                    {
                        var output = block(inputs);
                        BackwardPass.Throwing(() => autograd.backward([output], [gradient]));
                    }
                    return [null, .. inputs.Select(input => input.grad)];
                }
            );
    }
}
