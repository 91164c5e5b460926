using System.Runtime.InteropServices;
using Lumen.Models.Layers;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Models.Layers;

/// <summary>Faults inside gradients of operators of our own.</summary>
public sealed class BackwardPassTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void What_a_gradient_throws_is_thrown_by_the_pass_and_the_next_pass_is_right(int depth)
    {
        using var scope = NewDisposeScope();
        var x = FormulaWeights.Input(1, 2, 3).requires_grad_();
        var fault = Assert.Throws<InvalidDataException>(() => BackwardPass.Run(Nested(x, depth, Failing).sum()));
        Assert.Equal("on the way back", fault.Message);
        x.grad?.zero_();
        BackwardPass.Run(Nested(x, depth, given => given[0].mul(given[0])).sum());
        TensorAssert.Close(x.detach().mul(2), x.grad!, 1e-6, 1e-6);
    }

    [Fact]
    public void A_graph_goes_through_once_and_a_second_time_is_an_exception()
    {
        using var scope = NewDisposeScope();
        var x = FormulaWeights.Input(1, 2, 3).requires_grad_();
        var loss = Recomputation.Apply(given => given[0].mul(given[0]), x).sum();
        BackwardPass.Throwing(() => loss.backward(retain_graph: true));
        Assert.ThrowsAny<Exception>(() => BackwardPass.Run(loss));
    }

    [Fact]
    public void A_pass_that_was_run_otherwise_makes_the_next_forward_pass_throw()
    {
        using var scope = NewDisposeScope();
        var x = FormulaWeights.Input(1, 2, 3).requires_grad_();
        Recomputation.Apply(Failing, x).sum().backward();
        Assert.Null(x.grad);
        Assert.Throws<InvalidDataException>(() => Recomputation.Apply(Failing, x));
        BackwardPass.Run(Recomputation.Apply(given => given[0].mul(given[0]), x).sum());
        Assert.NotNull(x.grad);
    }

    [Fact]
    public void Errors_of_libtorch_stay_what_they_are()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ExternalException>(() => BackwardPass.Run(ones(2).requires_grad_()));
    }

    private static Tensor Nested(Tensor x, int depth, Func<IReadOnlyList<Tensor>, Tensor> block) =>
        Recomputation.Apply(given => depth == 0 ? block(given) : Nested(given[0], depth - 1, block), x);

    // Forward passes run without a graph, except for the one that a backward pass repeats.
    private static Tensor Failing(IReadOnlyList<Tensor> given) =>
        is_grad_enabled() ? throw new InvalidDataException("on the way back") : given[0].mul(given[0]);
}
