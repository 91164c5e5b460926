using Lumen.Hub;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Hub;

/// <summary>A fake hub with a small model, an empty cache, and pauses that take no time.</summary>
internal sealed class PullFixture : IDisposable
{
    private readonly TempFolder _folder = new();

    public PullFixture(string repository = "org/tiny")
    {
        Hub = new FakeHub(repository);
        Hub.Files["config.json"] = "{\"a\": 1}"u8.ToArray();
        Hub.Files["model.safetensors"] = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7919 >> 3))];
        Hub.Files["pytorch_model.bin"] = [1, 2, 3];
        Options = new HubOptions
        {
            Endpoint = Hub.Endpoint,
            CacheFolder = _folder.File("hub"),
            Patience = TimeSpan.FromSeconds(20),
            Pause = (pause, _) =>
            {
                Pauses.Add(pause);
                return Task.CompletedTask;
            },
        };
    }

    public FakeHub Hub { get; }

    public HubOptions Options { get; set; }

    /// <summary>Pauses that were asked for.</summary>
    public List<TimeSpan> Pauses { get; } = [];

    public static HubId Id(string text) => HubId.Parse(text) ?? throw new ArgumentException(text);

    public Task<PulledModel> Pull(string id = "org/tiny", PullOptions? pull = null, CancellationToken stop = default) =>
        new ModelHub(Options).Pull(Id(id), pull ?? new PullOptions(), null, stop);

    public async Task<string> Refused(string sentence, string id = "org/tiny", PullOptions? pull = null)
    {
        var error = await Assert.ThrowsAsync<LumenException>(() => Pull(id, pull));
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
        NothingHalfWritten();
        return error.Message;
    }

    /// <summary>As <see cref="Refused"/>, where the snapshot is damaged on purpose.</summary>
    public async Task RefusedAsDamaged(string sentence) =>
        Assert.Contains(sentence, (await Assert.ThrowsAsync<LumenException>(() => Pull())).Message, StringComparison.Ordinal);

    /// <summary>Whatever stands in a snapshot is whole, and nothing else is there.</summary>
    public void NothingHalfWritten()
    {
        var snapshots = Path.Combine(Options.CacheFolder, "models--org--tiny", "snapshots");
        if (!Directory.Exists(snapshots))
            return;
        foreach (var file in Directory.EnumerateFiles(snapshots, "*", SearchOption.AllDirectories))
            Assert.Equal(Hub.Files[Path.GetFileName(file)], File.ReadAllBytes(file));
    }

    /// <summary>Files in the cache's blobs.</summary>
    public string[] Blobs(string pattern) =>
        Path.Combine(Options.CacheFolder, "models--org--tiny", "blobs") is var blobs && Directory.Exists(blobs)
            ? Directory.GetFiles(blobs, pattern)
            : [];

    public void Dispose()
    {
        Hub.Dispose();
        _folder.Dispose();
    }
}
