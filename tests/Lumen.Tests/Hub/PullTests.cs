using System.Security.Cryptography;
using Lumen.Hub;
using Xunit;

namespace Lumen.Tests.Hub;

public class PullTests
{
    private const string Weights = "model.safetensors";

    [Fact]
    public async Task A_pulled_model_is_found_without_a_network_in_the_layout_of_the_hubs_own_tools()
    {
        using var fixture = new PullFixture();
        var pulled = await fixture.Pull();
        var root = Path.Combine(fixture.Options.CacheFolder, "models--org--tiny");
        Assert.Equal(Path.Combine(root, "snapshots", FakeHub.Commit), pulled.Folder);
        Assert.Equal(
            FakeHub.Commit,
            await File.ReadAllTextAsync(Path.Combine(root, "refs", "main"), TestContext.Current.CancellationToken)
        );
        var link = Path.Combine(pulled.Folder, Weights);
        Assert.Equal("../../blobs/" + Convert.ToHexStringLower(SHA256.HashData(fixture.Hub.Files[Weights])), new FileInfo(link).LinkTarget);
        fixture.NothingHalfWritten();
        fixture.Hub.Dispose();
        Assert.Equal(pulled.Folder, new HubCache(fixture.Options.CacheFolder).Find(PullFixture.Id("org/tiny")));
        Assert.Equal(pulled.Folder, new HubCache(fixture.Options.CacheFolder).Find(PullFixture.Id($"org/tiny@{FakeHub.Commit}")));
        Assert.Null(new HubCache(fixture.Options.CacheFolder).Find(PullFixture.Id("org/tiny@other")));
        Assert.Equal("org/tiny", HubCache.NameOf(pulled.Folder));
    }

    [Fact]
    public async Task Pickles_stay_where_they_are()
    {
        using var fixture = new PullFixture();
        Assert.Equal(
            [Weights, "config.json"],
            Directory.EnumerateFiles((await fixture.Pull()).Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).Reverse()
        );
        Assert.DoesNotContain(fixture.Hub.Requests, request => request.Line.Contains("pytorch_model", StringComparison.Ordinal));
        using var other = new PullFixture();
        other.Hub.Files.Remove(Weights);
        await other.Refused("holds its weights as pickles only (pytorch_model.bin)");
    }

    [Fact]
    public async Task What_is_here_already_is_not_fetched_again()
    {
        using var fixture = new PullFixture();
        Assert.False((await fixture.Pull()).WasHere);
        var before = fixture.Hub.Downloads.Count();
        Assert.True((await fixture.Pull()).WasHere);
        Assert.Equal(before, fixture.Hub.Downloads.Count());
    }

    [Fact]
    public async Task A_connection_that_breaks_is_continued_where_it_ended()
    {
        using var fixture = new PullFixture();
        fixture.Hub.Plan($"GET {Weights}", new HubFaultPlan { DropAfter = 100_000 }, new HubFaultPlan { DropAfter = 50_000 });
        await fixture.Pull();
        Assert.Equal(
            [null, "bytes=100000-", "bytes=150000-"],
            fixture.Hub.Downloads.Select(request => request.Headers.GetValueOrDefault("Range"))
        );
        fixture.NothingHalfWritten();
    }

    [Fact]
    public async Task A_stopped_download_goes_on_the_next_time()
    {
        using var fixture = new PullFixture();
        fixture.Hub.Plan(
            $"GET {Weights}",
            [
                .. Enumerable
                    .Repeat(new HubFaultPlan { DropAfter = 0 }, 4)
                    .Prepend(new HubFaultPlan { DropAfter = 120_000 })
                    .Append(new HubFaultPlan { DropAfter = 0 }),
            ]
        );
        await fixture.Refused("ends at byte 120000 of 300000 again and again");
        Assert.Single(fixture.Blobs("*.incomplete"));
        await fixture.Pull();
        Assert.Equal("bytes=120000-", fixture.Hub.Downloads.Last().Headers["Range"]);
        Assert.Empty(fixture.Blobs("*.incomplete"));
        fixture.NothingHalfWritten();
    }

    [Fact]
    public async Task A_server_that_knows_no_ranges_sends_the_file_from_the_start()
    {
        using var fixture = new PullFixture();
        fixture.Hub.Plan($"GET {Weights}", new HubFaultPlan { DropAfter = 1000 }, new HubFaultPlan { IgnoresRange = true });
        await fixture.Pull();
        fixture.NothingHalfWritten();
    }

    [Fact]
    public async Task A_range_that_begins_elsewhere_is_not_pasted_in()
    {
        using var fixture = new PullFixture();
        fixture.Hub.Plan($"GET {Weights}", new HubFaultPlan { DropAfter = 1000 }, new HubFaultPlan { RangeShift = 5 });
        await fixture.Pull();
        fixture.NothingHalfWritten();
    }

    [Fact]
    public async Task A_silent_server_is_asked_again()
    {
        using var fixture = new PullFixture();
        fixture.Options = fixture.Options with { Patience = TimeSpan.FromSeconds(2) };
        fixture.Hub.Plan($"GET {Weights}", new HubFaultPlan { DropAfter = 1000, StallsFor = TimeSpan.FromSeconds(30) });
        await fixture.Pull();
        fixture.NothingHalfWritten();
    }

    [Fact]
    public async Task A_wrong_content_is_fetched_once_more_and_then_refused()
    {
        using var fixture = new PullFixture();
        var wrong = new HubFaultPlan { Content = new byte[300_000] };
        fixture.Hub.Plan($"GET {Weights}", wrong);
        await fixture.Pull();
        fixture.NothingHalfWritten();
        using var other = new PullFixture();
        other.Hub.Plan($"GET {Weights}", wrong, wrong);
        await other.Refused("came twice with another content than its hash says");
        Assert.Empty(other.Blobs("*.incomplete"));
        Assert.Null(new HubCache(other.Options.CacheFolder).Find(PullFixture.Id("org/tiny")));
    }

    [Fact]
    public async Task A_small_file_is_checked_too()
    {
        using var fixture = new PullFixture();
        var wrong = new HubFaultPlan { Content = "{\"a\": 2}"u8.ToArray() };
        fixture.Hub.Plan("GET config.json", wrong, wrong);
        await fixture.Refused("config.json of org/tiny came twice with another content");
    }

    [Fact]
    public async Task A_file_longer_than_announced_is_refused()
    {
        using var fixture = new PullFixture();
        fixture.Hub.Plan($"HEAD {Weights}", new HubFaultPlan { Size = 1000 });
        await fixture.Refused("model.safetensors is longer than the 1000 bytes that were announced");
    }

    [Fact]
    public async Task A_file_shorter_than_announced_is_refused()
    {
        using var fixture = new PullFixture();
        fixture.Hub.Plan($"HEAD {Weights}", new HubFaultPlan { Size = 300_001 });
        await fixture.Refused("model.safetensors ends at byte");
    }

    [Fact]
    public async Task A_body_shorter_than_its_header_says_is_continued()
    {
        using var fixture = new PullFixture();
        fixture.Hub.Plan($"GET {Weights}", new HubFaultPlan { DropAfter = 200_000, Announced = 999_999_999 });
        await fixture.Pull();
        fixture.NothingHalfWritten();
    }

    [Theory]
    [InlineData(-1, "the size of model.safetensors is none")]
    [InlineData(long.MaxValue, "the size of model.safetensors is none")]
    [InlineData(1L << 43, "GB more, but the disk of")]
    public async Task A_claimed_size_costs_nothing(long size, string sentence)
    {
        using var fixture = new PullFixture();
        fixture.Hub.Plan($"HEAD {Weights}", new HubFaultPlan { Size = size });
        await fixture.Refused(sentence);
        Assert.Empty(fixture.Hub.Downloads);
    }

    [Theory]
    [InlineData("../../../../evil")]
    [InlineData("a/../../evil.json")]
    [InlineData("/etc/passwd.json")]
    [InlineData("a\\..\\evil.json")]
    [InlineData("a//b.json")]
    [InlineData("C:evil.json")]
    public async Task A_file_name_that_leaves_the_cache_is_refused(string name)
    {
        using var fixture = new PullFixture();
        fixture.Hub.Listed = [Weights, name];
        await fixture.Refused("it holds a file whose name is not a plain relative path");
    }

    [Theory]
    [InlineData("../../evil")]
    [InlineData("")]
    [InlineData("ABCDEF")]
    public async Task A_hash_that_is_none_is_refused(string etag)
    {
        using var fixture = new PullFixture();
        fixture.Hub.Plan($"HEAD {Weights}", new HubFaultPlan { Etag = etag });
        await fixture.Refused("the hash of model.safetensors is none");
    }

    [Theory]
    [InlineData("file:///etc/passwd", "redirected to an address that is not safe")]
    [InlineData("ftp://localhost/x", "redirected to an address that is not safe")]
    public async Task A_redirect_to_another_kind_of_address_is_refused(string location, string sentence)
    {
        using var fixture = new PullFixture();
        fixture.Hub.Files["extra.json"] = [1];
        fixture.Hub.Plan("HEAD extra.json", new HubFaultPlan { Status = 302, Headers = [$"Location: {location}"] });
        await fixture.Refused(sentence);
    }

    [Fact]
    public async Task A_second_download_of_the_same_file_is_told_to_wait()
    {
        using var fixture = new PullFixture();
        fixture.Hub.Plan(
            $"GET {Weights}",
            [.. Enumerable.Repeat(new HubFaultPlan { DropAfter = 10 }, 1), .. Enumerable.Repeat(new HubFaultPlan { DropAfter = 0 }, 5)]
        );
        await fixture.Refused("again and again");
        await using (new FileStream(fixture.Blobs("*.incomplete")[0], FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            await fixture.Refused("is being downloaded by another program");
        await fixture.Pull();
    }

    [Fact]
    public async Task A_stop_keeps_what_has_come()
    {
        using var fixture = new PullFixture();
        using var stop = new CancellationTokenSource();
        fixture.Hub.Plan($"GET {Weights}", new HubFaultPlan { DropAfter = 1000, StallsFor = TimeSpan.FromSeconds(30) });
        var pull = fixture.Pull(stop: stop.Token);
        while (fixture.Blobs("*.incomplete").Length == 0)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull);
        fixture.NothingHalfWritten();
        Assert.Null(new HubCache(fixture.Options.CacheFolder).Find(PullFixture.Id("org/tiny")));
    }
}
