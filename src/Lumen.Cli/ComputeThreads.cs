using Lumen.Generation;
using static TorchSharp.torch;

namespace Lumen.Cli;

/// <summary>How a command shares out the processors it may use: all, or as many as OMP_NUM_THREADS says.</summary>
internal static class ComputeThreads
{
    /// <summary>
    /// Gives a call of the model as many threads as it has a use for. To be called before other threads compute: they begin with it.
    /// </summary>
    /// <returns>Calls to make at once.</returns>
    public static int Suit(DiffusionModel model)
    {
        var processors = get_num_threads();
        var threads = Math.Min(processors, model.MostThreads);
        set_num_threads(threads);
        return model.Placement.Device.type == TorchSharp.DeviceType.CPU ? Math.Max(1, processors / threads) : 1;
    }
}
