using Lumen.Generation;
using static TorchSharp.torch;

namespace Lumen.Cli;

/// <summary>
/// How a command shares out the processors it may use: all, or as many as OMP_NUM_THREADS says. A call of the model has as many threads as
/// it has a use for, until this is disposed. To be made before other threads compute: they begin with that number.
/// </summary>
internal sealed class ComputeThreads : IDisposable
{
    private readonly int _before = get_num_threads();

    public ComputeThreads(DiffusionModel model)
    {
        var threads = Math.Min(_before, model.MostThreads);
        Workers = model.Placement.Device.type == TorchSharp.DeviceType.CPU ? Math.Max(1, _before / threads) : 1;
        set_num_threads(threads);
    }

    /// <summary>Calls to make at once.</summary>
    public int Workers { get; }

    public void Dispose() => set_num_threads(_before);
}
