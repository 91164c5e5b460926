using static TorchSharp.torch;

namespace Lumen.Core.Native;

/// <summary>
/// A number of threads for the calls of libtorch that the current thread makes, until this is disposed of on the same thread. OpenMP and
/// MKL keep the number for every thread apart; a thread that has not been told one takes whichever number any thread was told last, so what
/// must give the same bytes again sets its own. Setting also keeps MKL from taking fewer threads for a product as it sees fit.
/// </summary>
public sealed class ThreadScope : IDisposable
{
    private readonly int _before;

    /// <param name="threads">At least 1.</param>
    public ThreadScope(int threads)
    {
        _before = get_num_threads();
        set_num_threads(threads);
    }

    /// <inheritdoc/>
    public void Dispose() => set_num_threads(_before);
}
