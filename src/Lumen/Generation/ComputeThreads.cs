using Lumen.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Lumen.Generation;

/// <summary>
/// How the processors that the current thread may use - all, or as many as OMP_NUM_THREADS says - are shared out to a model: a call of it
/// has as many threads as it has a use for, and the others make calls of their own at the same time. It holds for the current thread until
/// this is disposed of there.
/// </summary>
public sealed class ComputeThreads : IDisposable
{
    private readonly ThreadScope _scope;

    /// <param name="model">The model.</param>
    public ComputeThreads(DiffusionModel model)
    {
        (var threads, Workers) = Of(model);
        _scope = new ThreadScope(threads);
    }

    /// <summary>Calls to make at once: <see cref="ImageGenerator.Workers"/>.</summary>
    public int Workers { get; }

    /// <summary>Threads of a call, and calls at once, of the threads that the current one has.</summary>
    internal static (int Threads, int Workers) Of(DiffusionModel model)
    {
        var (all, onProcessor) = (get_num_threads(), model.Placement.Device.type == DeviceType.CPU);
        var threads = Math.Min(all, model.MostThreads);
        return (threads, onProcessor ? Math.Max(1, all / threads) : 1);
    }

    /// <inheritdoc/>
    public void Dispose() => _scope.Dispose();
}
