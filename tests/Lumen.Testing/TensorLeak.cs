using TorchSharp;

namespace Lumen.Testing;

/// <summary>Counts the tensors that an act leaves alive.</summary>
public static class TensorLeak
{
    /// <summary>
    /// Runs <paramref name="act"/> once to warm up, then <paramref name="times"/> times more; afterwards no more tensors of this thread may
    /// be alive than before.
    /// </summary>
    /// <exception cref="InvalidOperationException">Tensors were left.</exception>
    public static void Check(Action act, int times = 5)
    {
        act();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var time = 0; time < times; time++)
            act();
        var left = DisposeScopeManager.Statistics.ThreadTotalLiveCount - before;
        if (left > 0)
            throw new InvalidOperationException($"{left} tensors were left alive after {times} runs, expected none.");
    }
}
