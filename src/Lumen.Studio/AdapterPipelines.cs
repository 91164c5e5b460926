namespace Lumen.Studio;

/// <summary>
/// The model opened with other adapters than its own. Those that were used last stay open, as many as may, so that the next job does not
/// open them again; one that is in use is never closed.
/// </summary>
/// <param name="most">How many stay open.</param>
/// <param name="open">Opens one.</param>
internal sealed class AdapterPipelines(int most, Func<string, Task<LumenPipeline>> open) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = []; // the one that was used last at the end
    private bool _isClosed;

    /// <summary>Names of the adapters that are open.</summary>
    public IReadOnlyList<string> Open
    {
        get
        {
            lock (_lock)
                return [.. _entries.Where(entry => entry.Opening.IsCompletedSuccessfully).Select(entry => entry.Key.Name)];
        }
    }

    /// <summary>The pipeline of an adapter, until the lease is disposed.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="stop">Stops waiting for it.</param>
    /// <exception cref="LumenException">It does not fit the model.</exception>
    public async Task<Lease> Take(string name, string path, CancellationToken stop)
    {
        var entry = Enter((name, path, Stamp(path)));
        try
        {
            return new Lease(this, entry, await entry.Opening.WaitAsync(stop).ConfigureAwait(false));
        }
        catch
        {
            await Leave(entry).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<Entry> all;
        lock (_lock)
        {
            (_isClosed, all) = (true, [.. _entries]);
            _entries.Clear();
        }
        foreach (var entry in all)
            await Close(entry).ConfigureAwait(false);
    }

    private Entry Enter((string Name, string Path, DateTime Stamp) key)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            var entry = _entries.FirstOrDefault(one => one.Key == key && !one.Opening.IsFaulted && !one.Opening.IsCanceled);
            if (entry is null)
                entry = new Entry(key, Task.Run(() => open(key.Name)));
            else
                _entries.Remove(entry);
            _entries.Add(entry);
            entry.Users++;
            return entry;
        }
    }

    private async Task Leave(Entry entry)
    {
        List<Entry> old;
        lock (_lock)
        {
            entry.Users--;
            // What could not be opened goes at once, then what was not used for longest.
            var free = _entries.Where(one => one.Users == 0).ToList();
            old =
            [
                .. free.Where(one => one.Opening.IsFaulted),
                .. free.Where(one => !one.Opening.IsFaulted).Take(Math.Max(0, _entries.Count - most)),
            ];
            _entries.RemoveAll(old.Contains);
        }
        foreach (var one in old)
            await Close(one).ConfigureAwait(false);
    }

    private static async Task Close(Entry entry)
    {
        await Task.WhenAny(entry.Opening).ConfigureAwait(false);
        if (entry.Opening.IsCompletedSuccessfully)
            await entry.Opening.Result.DisposeAsync().ConfigureAwait(false);
    }

    // An adapter that was trained again under its name is another one.
    private static DateTime Stamp(string path) =>
        Directory.Exists(path)
            ? Directory.EnumerateFiles(path).Select(File.GetLastWriteTimeUtc).DefaultIfEmpty().Max()
            : File.GetLastWriteTimeUtc(path);

    /// <summary>A pipeline that is in use.</summary>
    /// <param name="owner">Where it goes back to.</param>
    /// <param name="entry">What is in use.</param>
    /// <param name="pipeline">The pipeline.</param>
    internal sealed class Lease(AdapterPipelines owner, Entry entry, LumenPipeline pipeline) : IAsyncDisposable
    {
        /// <summary>The pipeline.</summary>
        public LumenPipeline Pipeline => pipeline;

        /// <inheritdoc/>
        public async ValueTask DisposeAsync() => await owner.Leave(entry).ConfigureAwait(false);
    }

    /// <summary>An adapter that is open or being opened.</summary>
    internal sealed class Entry((string Name, string Path, DateTime Stamp) key, Task<LumenPipeline> opening)
    {
        public (string Name, string Path, DateTime Stamp) Key => key;

        public Task<LumenPipeline> Opening => opening;

        /// <summary>Jobs that use it; changed under the owner's lock.</summary>
        public int Users { get; set; }
    }
}
