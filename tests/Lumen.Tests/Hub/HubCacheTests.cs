using Lumen.Hub;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Hub;

public class HubCacheTests
{
    private const string Commit = "aaaabbbbccccddddeeeeffff0000111122223333";

    [Fact]
    public void A_cache_made_by_other_tools_is_read()
    {
        using var folder = new TempFolder();
        var model = folder.File("models--org--name");
        Directory.CreateDirectory(Path.Combine(model, "snapshots", Commit));
        Directory.CreateDirectory(Path.Combine(model, "refs", "refs", "pr"));
        File.WriteAllText(Path.Combine(model, "refs", "main"), Commit);
        File.WriteAllText(Path.Combine(model, "refs", "refs", "pr", "1"), Commit + "\n");
        var cache = new HubCache(folder.Path);
        foreach (var id in new[] { "org/name", "org/name@main", $"org/name@{Commit}", "org/name@refs/pr/1" })
            Assert.Equal(Path.Combine(model, "snapshots", Commit), cache.Find(HubId.Parse(id)!));
        Assert.Null(cache.Find(HubId.Parse("org/other")!));
        Assert.Contains(
            "has org/name, but not its revision v2. Fetch it once with: lumen model pull org/name@v2",
            cache.Missing(HubId.Parse("org/name@v2")!).Message,
            StringComparison.Ordinal
        );
        Assert.Contains("has no model org/other", cache.Missing(HubId.Parse("org/other")!).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_copied_cache_without_names_of_branches_says_by_which_commit_it_can_be_used()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.File($"models--org--name/snapshots/{Commit}"));
        var cache = new HubCache(folder.Path);
        Assert.Null(cache.Find(HubId.Parse("org/name")!));
        Assert.Contains(
            $"has org/name at one commit, but no refs/main that says which is meant. Name it: org/name@{Commit}, or with a connection",
            cache.Missing(HubId.Parse("org/name")!).Message,
            StringComparison.Ordinal
        );
        Assert.NotNull(cache.Find(HubId.Parse($"org/name@{Commit}")!));
    }

    [Fact]
    public void A_reference_to_nothing_or_to_elsewhere_is_not_followed()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.File("models--org--name/refs"));
        File.WriteAllText(folder.File("models--org--name/refs/main"), Commit);
        Assert.Null(new HubCache(folder.Path).Find(HubId.Parse("org/name")!));
        File.WriteAllText(folder.File("models--org--name/refs/main"), "../../../elsewhere");
        Assert.Contains(
            "must hold the hash of a commit",
            Assert.Throws<LumenException>(() => new HubCache(folder.Path).Find(HubId.Parse("org/name")!)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_vanished_id_is_found_under_the_new_one_but_an_old_copy_wins()
    {
        using var folder = new TempFolder();
        var cache = new HubCache(folder.Path);
        var id = HubId.Parse("runwayml/stable-diffusion-v1-5")!;
        Make("stable-diffusion-v1-5--stable-diffusion-v1-5");
        Assert.Contains("models--stable-diffusion-v1-5--", cache.Find(id), StringComparison.Ordinal);
        Make("runwayml--stable-diffusion-v1-5");
        Assert.Contains("models--runwayml--", cache.Find(id), StringComparison.Ordinal);

        void Make(string name)
        {
            Directory.CreateDirectory(folder.File($"models--{name}/snapshots/{Commit}"));
            Directory.CreateDirectory(folder.File($"models--{name}/refs"));
            File.WriteAllText(folder.File($"models--{name}/refs/main"), Commit);
        }
    }
}
