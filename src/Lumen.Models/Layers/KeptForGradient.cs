using static TorchSharp.torch;

namespace Lumen.Models.Layers;

/// <summary>
/// Lets go of what an operator with a gradient of its own has kept, as soon as that gradient is computed. TorchSharp keeps the saved
/// tensors until the graph goes, and the gradients that pass through until the scope around the backward pass ends, so that without this a
/// backward pass takes as much again as the forward pass.
/// </summary>
internal static class KeptForGradient
{
    private const string Inputs = "inputs";

    [ThreadStatic]
    private static IReadOnlyList<Tensor?>? _passedOn; // libtorch holds them by itself once the next operator is asked

    /// <summary>Saves what the gradient of an operator needs.</summary>
    /// <param name="context">Of the operator.</param>
    /// <param name="inputs">What it was given, tensors and others.</param>
    /// <param name="saved">What is kept until the gradient is asked for.</param>
    public static void Save(autograd.AutogradContext context, object?[] inputs, List<Tensor> saved)
    {
        BackwardPass.ThrowKept();
        context.save_for_backward(saved);
        context.save_data(Inputs, inputs.Length);
    }

    /// <summary>The gradient of one operator; its graph can be gone through once.</summary>
    /// <param name="context">What the forward pass saved; it is empty afterwards.</param>
    /// <param name="gradient">Of the operator's output; disposed.</param>
    /// <param name="backward">From the saved tensors, its result a gradient for each input, null for those without. It runs in a scope of
    /// its own. What it throws is kept (<see cref="BackwardPass"/>), and there are no gradients then.</param>
    public static List<Tensor> Use(
        autograd.AutogradContext context,
        Tensor gradient,
        Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor?>> backward
    )
    {
        try
        {
            return Of(context, gradient, backward);
        }
        catch (Exception fault) // nothing may pass: there are native frames above
        {
            BackwardPass.Keep(fault);
            return [.. Enumerable.Repeat<Tensor>(null!, (int)context.get_data(Inputs))];
        }
    }

    private static List<Tensor> Of(
        autograd.AutogradContext context,
        Tensor gradient,
        Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor?>> backward
    )
    {
        LetGo();
        using var scope = NewDisposeScope();
        var results = backward(context.get_saved_variables());
        LetGo(); // of a backward pass within this one
        foreach (var result in results)
            result?.DetachFromDisposeScope();
        gradient.Dispose();
        context.Dispose();
        _passedOn = results;
        return results.Select(result => result!).ToList();
    }

    private static void LetGo()
    {
        foreach (var gradient in _passedOn ?? [])
            gradient?.Dispose();
        _passedOn = null;
    }
}
