using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Lumen.Models.Layers;

/// <summary>
/// Backward passes through networks of this library. Some of their operators have gradients of their own, and what is thrown inside one
/// would end the process: libtorch calls it, and TorchSharp catches nothing there. It is kept, the pass goes on without these gradients,
/// and at its end it is thrown here.
/// </summary>
public static class BackwardPass
{
    private static Exception? _fault;

    /// <summary>Computes the gradients of a loss; they are added to those of the weights.</summary>
    /// <param name="loss">A single number with a graph.</param>
    /// <exception cref="Exception">Whatever an operator threw, such as an <see cref="ExternalException"/> for want of memory. Some of the
    /// gradients may have been added.</exception>
    public static void Run(Tensor loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        Throwing(() => loss.backward());
    }

    /// <summary>Runs a backward pass; what was kept meanwhile is thrown.</summary>
    internal static void Throwing(Action backward)
    {
        try
        {
            backward();
        }
        catch (Exception) when (Interlocked.Exchange(ref _fault, null) is { } cause)
        {
            ExceptionDispatchInfo.Throw(cause); // what libtorch then threw follows from it
        }
        ThrowKept();
    }

    /// <summary>Throws what a pass left that nobody ran through this class: its gradients are not whole.</summary>
    internal static void ThrowKept()
    {
        if (Interlocked.Exchange(ref _fault, null) is { } fault)
            ExceptionDispatchInfo.Throw(fault);
    }

    /// <summary>Keeps what was thrown in a gradient; of several passes at once that fail, one names its cause.</summary>
    internal static void Keep(Exception fault) => Interlocked.CompareExchange(ref _fault, fault, null);
}
